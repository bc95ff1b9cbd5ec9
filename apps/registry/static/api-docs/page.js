// Searches the page: shows what has all the words that are typed, wherever they stand in it.
/* global document, location, matchMedia, addEventListener */
const input = document.querySelector('#search');
const found = document.querySelector('#found');
const label = document.querySelector('.search');
const navigation = document.querySelector('nav details');
const normal = (text) => text.toLowerCase().replaceAll(/\s+/g, ' ');
const searched = [...document.querySelectorAll('article, #errors tbody tr, #conventions')];
const texts = new Map(searched.map((element) => [element, normal(element.textContent)]));
const links = new Map([...document.querySelectorAll('nav li')].map((item) => [item.dataset.for, item]));
const groups = [...document.querySelectorAll('main > section'), ...document.querySelectorAll('nav ul')];

const search = () => {
  const words = normal(input.value).trim().split(' ');
  let hits = 0;
  for (const [element, text] of texts) {
    const isHit = words.every((word) => text.includes(word));
    element.hidden = !isHit;
    const link = links.get(element.id);
    if (link) link.hidden = !isHit;
    if (isHit && element.matches('article, tr')) hits += 1;
  }
  for (const group of groups) {
    const parts = group.matches('ul') ? [...group.children] : searched.filter((element) => group.contains(element));
    const isEmpty = parts.every((part) => part.hidden);
    group.hidden = isEmpty;
    if (group.matches('ul')) group.previousElementSibling.hidden = isEmpty;
  }
  found.textContent = input.value.trim() === '' ? '' : `${hits} found`;
};

/** A link into the page leads to what it names, whether or not that was found, and shows all of it. */
const follow = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  if (target.closest('[hidden]')) {
    input.value = '';
    search();
  }
  const details = target.querySelector(':scope > details');
  if (details) details.open = true;
  if (matchMedia('(max-width: 60rem)').matches) navigation.open = false;
  target.scrollIntoView();
};

label.hidden = false;
if (matchMedia('(max-width: 60rem)').matches) navigation.open = false;
input.addEventListener('input', search);
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target === input || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  input.focus();
});
addEventListener('hashchange', follow);
follow();

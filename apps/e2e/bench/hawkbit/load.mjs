// Idle polls over kept-alive connections, as many as the server answers: node load.mjs, the order as JSON on stdin.
// Runs in a process of its own so that it can have a core of its own; both servers get the same.
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const HEAD_END = '\r\n\r\n';
const { url, requests, connections, seconds, status } = JSON.parse(await text(process.stdin));
const { hostname, port } = new URL(url);
const times = [];
let next = 0;
let other = 0;

/** Length of an answer that is whole at the front of the text; 0 while it is not. */
function wholeAnswer(received) {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return 0;
  const head = received.slice(0, end).toLowerCase();
  const start = end + HEAD_END.length;
  if (head.startsWith('http/1.1 304')) return start;
  if (head.includes('transfer-encoding: chunked')) {
    const last = received.indexOf('0\r\n\r\n', start);
    return last < 0 ? 0 : last + 5;
  }
  const length = Number(/content-length: (\d+)/.exec(head)?.[1] ?? 0);
  return received.length >= start + length ? start + length : 0;
}

const begun = performance.now();
const until = begun + seconds * 1000;
const one = () =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let [sent, received] = [0, ''];
    const send = () => {
      sent = performance.now();
      socket.write(requests[next++ % requests.length]);
    };
    socket.setEncoding('latin1');
    socket.on('connect', send).on('error', reject).on('close', resolve);
    socket.on('data', (chunk) => {
      received += chunk;
      if (wholeAnswer(received) === 0) return;
      if (!received.startsWith(`HTTP/1.1 ${status}`)) other += 1;
      times.push(performance.now() - sent);
      received = '';
      if (performance.now() < until) send();
      else socket.end();
    });
  });
await Promise.all(Array.from({ length: connections }, one));
times.sort((a, b) => a - b);
const at = (share) => times[Math.floor(share * (times.length - 1))];
const rate = times.length / ((performance.now() - begun) / 1000);
process.stdout.write(JSON.stringify({ requests: times.length, other, rate, p50: at(0.5), p99: at(0.99) }));

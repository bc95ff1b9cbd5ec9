import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const CONNECTING = 200;

/** Opens connections, each with a long poll that waits. @returns what closes them all */
export async function holdPolls({ url, requests, count }) {
  const { hostname, port } = new URL(url);
  const sockets = [];
  for (let n = 0; n < count; n += CONNECTING) {
    const opened = Array.from({ length: Math.min(CONNECTING, count - n) }, (_, i) =>
      open({ host: hostname, port: Number(port) }, requests[(n + i) % requests.length]),
    );
    sockets.push(...(await Promise.all(opened)));
  }
  while ((await heldAt(url)) < count) await delay(100);
  return () => sockets.forEach((socket) => socket.destroy());
}

function open(address, request) {
  return new Promise((resolve, reject) => {
    const socket = connect(address, () => {
      socket.write(request.replace('/manifest ', '/manifest?wait=60 '));
      resolve(socket);
    });
    socket.on('error', reject);
  });
}

async function heldAt(url) {
  return Number(/^kernelcast_held_polls\{.*\} (\d+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1] ?? 0);
}

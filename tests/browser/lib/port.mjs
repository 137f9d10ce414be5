// Ports of this machine.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** One where nobody listens. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until somebody listens there; `process` is whoever should, and `told` what it says when it ends before. */
export async function isOpened(port, process, told) {
  while (!(await answers(port))) {
    if (process.exitCode !== null) throw new Error(`${process.spawnfile} does not start: ${told()}`);
  }
}

function answers(port) {
  const socket = connect(port, '127.0.0.1');
  return new Promise((done) => {
    socket.once('connect', () => done(true)).once('error', () => done(false));
  }).finally(() => socket.destroy());
}

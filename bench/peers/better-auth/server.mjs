// Serves it on every core: a process each, since one process of Node uses one.
import cluster from "node:cluster";
import http from "node:http";
import os from "node:os";
import { toNodeHandler } from "better-auth/node";

if (cluster.isPrimary) {
  for (let nth = 0; nth < os.availableParallelism(); nth += 1) cluster.fork();
} else {
  const { auth } = await import("./auth.mjs");
  http.createServer(toNodeHandler(auth)).listen(Number(process.env.PORT), "127.0.0.1");
}

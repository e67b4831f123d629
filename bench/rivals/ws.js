// The design of the classic tutorial, on npm's ws with Express: each text is parsed, and goes to the one it is for.
import { createServer } from "node:http";
import express from "express";
import { WebSocketServer } from "ws";

const app = express();
app.get("/", (_, response) => response.send("a page"));
const server = createServer(app);
const sockets = new Map();

new WebSocketServer({ server }).on("connection", (socket) => {
  let name;
  socket.on("message", (data) => {
    const text = data.toString();
    const message = JSON.parse(text);
    if (message.type === "open") {
      name = `${message.fromUserId}-${message.toUserId}`;
      sockets.set(name, socket);
    } else {
      sockets.get(`${message.toUserId}-${message.fromUserId}`)?.send(text);
    }
  });
  socket.on("close", () => name && sockets.delete(name));
  socket.on("error", () => {});
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log(`listening on 127.0.0.1:${server.address().port}`));

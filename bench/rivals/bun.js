// The tutorial's design on Bun's own server.
const sockets = new Map();

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  fetch(request, server) {
    return server.upgrade(request, { data: {} }) ? undefined : new Response("a page");
  },
  websocket: {
    message(socket, text) {
      const message = JSON.parse(text);
      if (message.type === "open") {
        socket.data.name = `${message.fromUserId}-${message.toUserId}`;
        sockets.set(socket.data.name, socket);
      } else {
        sockets.get(`${message.toUserId}-${message.fromUserId}`)?.send(text);
      }
    },
    close(socket) {
      sockets.delete(socket.data.name);
    },
  },
});

console.log(`listening on 127.0.0.1:${server.port}`);

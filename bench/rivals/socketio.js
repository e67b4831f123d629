// The same on Socket.IO: a room for each person of a conversation.
import { createServer } from "node:http";
import { Server } from "socket.io";

const server = createServer();
const io = new Server(server, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  socket.on("open", ({ fromUserId, toUserId }) => {
    socket.join(`${fromUserId}-${toUserId}`);
    socket.emit("opened");
  });
  socket.on("message", (message) => {
    io.to(`${message.toUserId}-${message.fromUserId}`).emit("message", message);
  });
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log(`listening on 127.0.0.1:${server.address().port}`));

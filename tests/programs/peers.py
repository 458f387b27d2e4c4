"""Hosts to connect to, of which each answers in its own way: peers.py READY. On port 8080: 10.9.1.2
accepts and resets, 10.9.1.3 speaks enough HTTP for a client to be content. It makes the file READY
once they listen."""
import socket
import struct
import sys
import threading

ANSWER = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nhi\n"


def serve(address, act):
    listener = socket.create_server((address, 8080), backlog=100)

    def loop():
        while True:
            connection, _ = listener.accept()
            act(connection)
            connection.close()

    threading.Thread(target=loop).start()


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def answer(connection):
    try:
        if connection.recv(4096):
            connection.sendall(ANSWER)
    except OSError:
        pass


serve("10.9.1.2", reset)
serve("10.9.1.3", answer)
open(sys.argv[1], "w").close()

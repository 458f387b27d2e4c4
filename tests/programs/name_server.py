"""A name server for example.test on port 53 of 127.0.0.1, UDP and TCP: name_server.py READY. It
makes the file READY once it answers."""
import socket
import struct
import sys
import threading

ADDRESS = {1: socket.inet_aton("192.0.2.1"), 28: socket.inet_pton(socket.AF_INET6, "2001:db8::1")}


def answer(query):
    end = query.index(0, 12) + 5
    kind = struct.unpack(">H", query[end - 4:end - 2])[0]
    data = ADDRESS.get(kind)
    records = b""
    if data:
        # The name is an alias of another, which has the address.
        alias = b"\x05alias\x04test\x00"
        records = b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 60, len(alias)) + alias
        records += alias + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
    header = struct.pack(">HHHHH", 0x8580, 1, 2 if data else 0, 0, 0)
    return query[:2] + header + query[12:end] + records


def serve_tcp(listener):
    while True:
        connection, _ = listener.accept()
        while size := connection.recv(2):
            data = answer(connection.recv(struct.unpack(">H", size)[0]))
            connection.sendall(struct.pack(">H", len(data)) + data)
        connection.close()


tcp = socket.create_server(("127.0.0.1", 53))
threading.Thread(target=serve_tcp, args=[tcp], daemon=True).start()
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", 53))
open(sys.argv[1], "w").close()
while True:
    query, who = datagrams.recvfrom(4096)
    datagrams.sendto(answer(query), who)

"""The answer of the tutorial's recv(conn, addr) to a request: the file with 200, or 404.

It answers as src/models/respond.ts does, so that these servers and the models differ only in language and in how they wait.
Unlike the tutorial:
- each answer has a Content-Length, and the connection stays open (the tutorial's epoll server does so, its others close);
- a request may come in pieces, and several may come at once;
- nothing is printed: the terminal would be measured.
"""
import re

REQUEST_BYTES_MAX = 8 * 1024


def respond(received, document_root):
    """Answers all whole requests in `received`: (bytes to send, the rest, whether to close then)."""
    answers = []
    while True:
        end = received.find(b'\r\n\r\n')
        if end == -1:
            return b''.join(answers), received, len(received) > REQUEST_BYTES_MAX
        head = received[:end].decode('latin-1')
        received = received[end + 4:]
        if not head.startswith('GET '):
            answers.append(answer('405 METHOD NOT ALLOWED', b'--- only GET ---'))
            return b''.join(answers), b'', True
        answers.append(answer_file(head, document_root))
        if re.search(r'^connection: *close', head, re.I | re.M) or re.match(r'[^\r]* HTTP/1\.0', head):
            return b''.join(answers), b'', True


def answer_file(head, document_root):
    result = re.search(r'[^/]+/([^ ?]*)', head.splitlines()[0])
    uri = (result and result.group(1)) or 'index.html'
    try:
        if '..' in uri:  # the tutorial serves any file of the machine; the models leave the check to openat2
            raise FileNotFoundError(uri)
        with open(document_root + '/' + uri, 'rb') as f:
            body = f.read()
    except OSError:
        return answer('404 NOT FOUND', b'--- file not found ---')
    return answer('200 OK', body)


def answer(status, body):
    return b'HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n' % (status.encode(), len(body)) + body

# The door and everything else that is asked over HTTP (receiver/ and api/), and of what runners do only the reading of
# checks, for POST /explain. Build it where the repository is: docker build -t pagewright-receiver .
# Who wants the same base for ever replaces the tag by the digest that `docker pull python:3.12-slim` prints.
FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000

RUN useradd --uid 1000 --no-create-home receiver
WORKDIR /srv
COPY requirements/receiver.txt .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r receiver.txt
COPY receiver receiver
COPY api api
COPY action/__init__.py action/errors.py action/record.py action/
COPY action/gates action/gates
COPY action/contract action/contract

USER 1000
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD \
    ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/health')"]
# Exec form, so that SIGTERM reaches the server and requests in flight are finished.
# The door alone (tasks, status, logs): docker run ... python -m receiver
CMD ["python", "-m", "api"]

# The service in a container: `docker compose up`, or
#   docker build -t gene-xref-resolver . && docker run -p 127.0.0.1:8000:8000 -v data:/data gene-xref-resolver

FROM python:3.12-slim AS builder

# This stage is thrown away; what pip would keep for the next time is of no use in it.
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

# A virtual environment is one folder, so that the final stage can take it without anything of the build.
RUN python -m venv /opt/resolver

# The dependencies come before our own files, so that a change of ours does not install them anew. What is not in
# a lock file by its hash is refused; so is what is not yet built, as this image has no compiler. The second lock has
# the driver of PostgreSQL, for ledgers that several replicas share.
COPY requirements.lock requirements-postgres.lock /src/
RUN /opt/resolver/bin/pip install --require-hashes --only-binary=:all: -r /src/requirements.lock -r /src/requirements-postgres.lock

# What the wheel is made of, and no more. hatchling is in the lock file: with build isolation pip would fetch
# another one, without a hash.
COPY pyproject.toml README.md LICENSE /src/
COPY resolver /src/resolver
COPY seed /src/seed
COPY migrations /src/migrations
RUN /opt/resolver/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /src/dist /src \
    && /opt/resolver/bin/pip install --no-deps --no-index /src/dist/*.whl


FROM python:3.12-slim

LABEL org.opencontainers.image.title="gene-xref-resolver" \
      org.opencontainers.image.description="Map any human or mouse gene identifier to all the others, and say why when it cannot be done." \
      org.opencontainers.image.licenses="MIT"

# The ids are fixed, so that a volume keeps its owner when the image is built anew. The folder gets its owner before
# VOLUME: a new volume takes it over, and what is done to the folder after VOLUME may be lost.
RUN groupadd --gid 10001 resolver \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin resolver \
    && install --directory --owner=10001 --group=10001 /data

# The same path as in the builder, as its scripts name their interpreter by it. It stays root's: the service cannot
# change its own program.
COPY --from=builder /opt/resolver /opt/resolver
ENV PATH=/opt/resolver/bin:$PATH \
    RESOLVER_DATA_DIR=/data
VOLUME ["/data"]

# In numbers, so that an orchestrator can tell that it is not root.
USER 10001:10001

EXPOSE 8000

# The first start loads the embedded release before it answers: some 20 seconds on two cores.
# The image has no curl. Proxies are left out, as an engine may hand its own to every container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/readyz', timeout=4)"]

ENTRYPOINT ["resolver"]
# In a container only the published port is reachable from outside, so all addresses of it are listened on.
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]

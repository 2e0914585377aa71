# One image for web, workers, beat and migrations; docker-compose.yml says which is which.
FROM python:3.11-slim AS build
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN pip install --no-cache-dir uv
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev
COPY . .
# Nothing is written into the image later, so that each start would compile anew what is not compiled here.
RUN .venv/bin/python -m compileall -q -j 0 bpadmin campaigns lists dnc
# Without DATABASE_URL the settings make throw-away keys in BPADMIN_DATA, which stays behind in this stage's /tmp.
# New files are for whoever makes them alone (BPADMIN_UMASK); these are made by root and read by bpadmin.
RUN BPADMIN_DATA=/tmp/build BPADMIN_STATIC=/app/collected .venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && chmod -R a+rX /app/collected && rm -rf /tmp/build

FROM python:3.11-slim
# Reports as PDF: what lays out text, and a font.
RUN apt-get update && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin bpadmin \
    && install --directory --owner bpadmin --group bpadmin --mode 0750 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2 \
    DJANGO_SETTINGS_MODULE=bpadmin.settings \
    BPADMIN_DATA=/data BPADMIN_STATIC=/app/collected \
    REMAP_SIGTERM=SIGQUIT
# The commit, where whoever builds says it: docker build --build-arg REVISION=$(git rev-parse HEAD) .
ARG REVISION=""
LABEL org.opencontainers.image.title="bpadmin" \
    org.opencontainers.image.description="Web dashboard in which contact-centre supervisors run outbound dialling" \
    org.opencontainers.image.version="0.2.0" \
    org.opencontainers.image.revision=$REVISION
USER bpadmin
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-S", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["granian", "--interface", "rsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "--http", "1", "--http1-header-read-timeout", "10000", "--backpressure", "4096", "--workers", "2", "--workers-kill-timeout", "20", "--respawn-failed-workers", "--log-level", "warning", "--access-log", "bpadmin.rsgi:application"]

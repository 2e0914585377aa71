# One image for web, workers, beat and migrations; docker-compose.yml says which is which.
FROM python:3.11-slim AS build
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN pip install --no-cache-dir uv
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev
COPY . .
# Without DATABASE_URL the settings make throw-away keys in BPADMIN_DATA, which stays behind in this stage's /tmp.
RUN BPADMIN_DATA=/tmp/build BPADMIN_STATIC=/app/collected .venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && rm -rf /tmp/build

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin bpadmin \
    && install --directory --owner bpadmin --group bpadmin --mode 0750 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=bpadmin.settings \
    BPADMIN_DATA=/data BPADMIN_STATIC=/app/collected \
    REMAP_SIGTERM=SIGQUIT
USER bpadmin
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-S", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "--workers", "2", "--blocking-threads", "4", "--workers-kill-timeout", "20", "--respawn-failed-workers", "--log-level", "warning", "--access-log", "bpadmin.wsgi:application"]

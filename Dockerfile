# The whole image has the compiler that better-sqlite3 needs; the slim one that is shipped has not.
FROM node:24-bookworm AS build
WORKDIR /build
# Compiled here, against the headers of this very Node: nothing but the npm registry is downloaded from.
ENV npm_config_build_from_source=true npm_config_nodedir=/usr/local
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build && npm prune --omit=dev

# Listens for others than the container itself, so it wants tokens: see GITOPS_STATUS_ANONYMOUS in compose.yaml.
FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATABASE_URL=sqlite:/data/gitops-status.db
RUN install -d -o node -g node /data
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY migrations migrations
COPY package.json ./
USER node
VOLUME /data
EXPOSE 8080
# Ready means that a write has just reached the disk.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]

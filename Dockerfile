# The whole image has the compiler that better-sqlite3 needs; the slim one that is shipped has not.
FROM node:24-bookworm AS build
WORKDIR /build
# Compiled here, against the headers of this very Node: nothing but the npm registry is downloaded from.
ENV npm_config_build_from_source=true npm_config_nodedir=/usr/local
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json build.ts ./
COPY src src
RUN npm run build && npm prune --omit=dev

# Listens for others than the container itself, so it wants tokens: see GITOPS_STATUS_ANONYMOUS in compose.yaml.
FROM node:24-bookworm-slim
WORKDIR /app
# Defaults only, so that HOST, HOST_FILE and the like win over them.
ENV NODE_ENV=production \
    GITOPS_STATUS_DEFAULT_HOST=0.0.0.0 \
    GITOPS_STATUS_DEFAULT_DATABASE_URL=sqlite:/data/gitops-status.db
# Any user of group 0 may write to it: OpenShift starts the container with a user id of its own choice in that group.
RUN install -d -o node -g 0 -m 0770 /data
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY migrations migrations
COPY package.json ./
USER node
VOLUME /data
EXPOSE 8080
# Ready means that a write has just reached the disk.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "const { PORT, PORT_FILE } = process.env; const port = PORT_FILE ? fs.readFileSync(PORT_FILE, 'utf8').trim() : PORT; fetch(`http://127.0.0.1:${port || 8080}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]

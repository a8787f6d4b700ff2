# Made for production: no compiler, no embedded database, no sandbox, no simulators, no demo.
# Configure it by the variables in .env.example and mount the private keys at KEYS_DIR.

FROM node:20-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json ./
RUN npm ci --omit=optional --ignore-scripts
COPY src src
RUN npx tsc -p . && rm -r dist/src/demo dist/src/sandbox dist/src/simulator

FROM node:20-slim
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force
COPY db/migrations db/migrations
COPY --from=build /app/dist/src dist/src

ENV NODE_ENV=production
USER node
EXPOSE 8080 8081
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.INTERNAL_PORT || 8081}/health`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Two threads decrypt more cards than one process can handle, and wake each other less than four. (libuv
# lets at most half of them wait for names to be looked up.) The heap may grow to twice what lives in it
# before it is collected, not to four times: this keeps the process well below 200 MB at full load.
ENV UV_THREADPOOL_SIZE=2
CMD ["node", "--enable-source-maps", "--heap-growing-percent=100", "dist/src/main.js"]

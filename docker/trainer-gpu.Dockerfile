# A trainer for nodes with NVIDIA GPUs: docker/README.md. Build it from the root of the repository:
#   docker build -f docker/trainer-gpu.Dockerfile -t kernelcast-trainer-gpu .
# Both images can be replaced by mirrors of one's own.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim
# tfjs-node-gpu 4.22 brings TensorFlow 2.9, which links CUDA 11 and cuDNN 8. The newest minor version of CUDA 11 knows the
# most GPUs; the driver of the node has to be 450 or newer.
ARG CUDA_IMAGE=docker.io/nvidia/cuda:11.8.0-cudnn8-runtime-ubuntu22.04

FROM ${NODE_IMAGE} AS build
WORKDIR /src
ENV NX_DAEMON=false NX_TUI=false CI=true
COPY . .
RUN npm ci && npm run build -- --outputStyle=static
# What runs needs no compiler; prebuilt packages bring no scripts that it would need either.
RUN rm -rf node_modules && npm ci --omit=dev --ignore-scripts
# Beside tfjs, not in a folder of its own: of two copies of tfjs-core each has tensors of its own. Its script fetches
# TensorFlow and the binding, so the network of the build must reach their host.
ARG TFJS_NODE_GPU=4.22.0
ARG TFJS_NODE_GPU_FLAGS=
RUN npm install --omit=dev --no-save --no-audit --no-fund ${TFJS_NODE_GPU_FLAGS} "@tensorflow/tfjs-node-gpu@${TFJS_NODE_GPU}"
RUN find apps libs -mindepth 2 -maxdepth 2 ! -name dist ! -name package.json -exec rm -rf {} + \
  && find apps -mindepth 1 -maxdepth 1 ! -name trainer -exec rm -rf {} +

FROM ${CUDA_IMAGE}
# Its C++ library is that of the older system of the two, so it runs on the newer one.
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=build /src/package.json ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/libs ./libs
COPY --from=build /src/apps ./apps
RUN useradd --system --uid 10001 --no-create-home kernelcast \
  && install -d -o kernelcast -g kernelcast /var/cache/kernelcast
# A node without a usable GPU must fail to start rather than train slowly; at its start the trainer prints each GPU and
# its memory.
ENV NODE_ENV=production \
  NVIDIA_VISIBLE_DEVICES=all \
  NVIDIA_DRIVER_CAPABILITIES=compute,utility \
  KERNELCAST_REQUIRE_GPU=true \
  KERNELCAST_HOST=0.0.0.0 \
  KERNELCAST_PORT=7304 \
  KERNELCAST_CACHE_DIR=/var/cache/kernelcast
VOLUME /var/cache/kernelcast
EXPOSE 7304
USER 10001
HEALTHCHECK --interval=15s --timeout=5s --start-period=180s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.KERNELCAST_PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Longer than the trainer takes to write its last checkpoint and hand its jobs back.
STOPSIGNAL SIGTERM
CMD ["node", "--enable-source-maps", "apps/trainer/dist/main.js"]

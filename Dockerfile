# Builds a slim image of nephos: docker build -t nephos . && docker run --rm -p 4990-4994:4990-4994 -p 5000:5000 -p 8774:8774 -p 8776:8776 -p 8778:8778 -p 9292:9292 -p 9696:9696 nephos
FROM rust:1-slim-bookworm AS build
WORKDIR /nephos
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/nephos/target \
    cargo build --profile dist --locked --bin nephos && cp target/dist/nephos /usr/local/bin/nephos

FROM debian:bookworm-slim
RUN useradd --system --create-home nephos
COPY --from=build /usr/local/bin/nephos /usr/local/bin/nephos
USER nephos
# The control API asks for the token in NEPHOS_CONTROL_TOKEN (docker run -e); without one, nephos makes one and prints it.
# control 4990, xloud 4991, cloudsigma 4992, cloudzy 4993, openstackid 4994; gozunga: Keystone 5000, Nova 8774, Cinder 8776,
# Placement 8778, Glance 9292, Neutron 9696
EXPOSE 4990 4991 4992 4993 4994 5000 8774 8776 8778 9292 9696
HEALTHCHECK --interval=5s --timeout=2s --start-period=2s CMD ["nephos", "wait"]
ENTRYPOINT ["nephos"]
CMD ["serve", "--bind", "0.0.0.0"]

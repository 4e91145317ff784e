/** What runs in containers. */
export const imageKinds = ['postgres', 'redis', 'toxiproxy'] as const;

/** One of {@link imageKinds}. */
export type ImageKind = (typeof imageKinds)[number];

const official: Readonly<Record<ImageKind, string>> = {
  postgres: 'postgres:18-alpine',
  redis: 'redis:8-alpine',
  toxiproxy: 'ghcr.io/shopify/toxiproxy:2.12.0',
};

/** Environment variable that names another image, such as `BREAKING_POINT_POSTGRES_IMAGE`. */
export function imageVariable(kind: ImageKind): string {
  return `BREAKING_POINT_${kind.toUpperCase()}_IMAGE`;
}

/** The image for servers of that kind: the official one, or what the environment names. */
export function imageFor(kind: ImageKind, env: NodeJS.ProcessEnv = process.env): string {
  return env[imageVariable(kind)] || official[kind];
}

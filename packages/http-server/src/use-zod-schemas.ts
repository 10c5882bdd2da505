import { fastifySwagger } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';

/**
 * Makes the zod schemas of routes what requests are checked by, and the OpenAPI document that `GET /openapi.json`
 * answers. Await it before adding routes.
 */
export async function useZodSchemas(
  app: Pick<FastifyInstance, 'setValidatorCompiler' | 'setSerializerCompiler' | 'register' | 'get' | 'swagger'>,
  info: { readonly title: string; readonly version: string; readonly description?: string },
): Promise<void> {
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(fastifySwagger, { openapi: { info: { ...info } }, transform: jsonSchemaTransform });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

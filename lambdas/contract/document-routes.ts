import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'

/** Routes for the documents that describe the API. */

export const documentRoutes = {
  getOpenApi: route({
    method: 'GET',
    path: '/openapi.json',
    permission: 'read',
    function: 'read-records',
    summary: 'This API as an OpenAPI 3.1 document',
    params: none,
    query: none,
    output: z.looseObject({ openapi: z.string() }),
    success: 200,
  }),
  getAsyncApi: route({
    method: 'GET',
    path: '/asyncapi.json',
    permission: 'read',
    function: 'read-records',
    summary: 'The published events and the MQTT messages as an AsyncAPI 3 document',
    params: none,
    query: none,
    output: z.looseObject({ asyncapi: z.string() }),
    success: 200,
  }),
} as const

import type { Handlers } from '../http/on-http.ts'
import { ok } from '../http/reply.ts'
import type { documentRoutes } from './document-routes.ts'

/** Files that `lib/functions/documents.ts` generates and that are deployed with the function that serves them. */
export type DocumentName = 'openapi.json' | 'asyncapi.json'

/** Serves the machine-readable descriptions of the API. They change only with a deployment. */
export const readDocuments = (
  read: (name: DocumentName) => Promise<string>,
): Handlers<typeof documentRoutes, 'getOpenApi' | 'getAsyncApi'> => ({
  getOpenApi: async () => ok(JSON.parse(await read('openapi.json'))),
  getAsyncApi: async () => ok(JSON.parse(await read('asyncapi.json'))),
})

import type { Handlers } from './on-http.ts'
import { ok } from './reply.ts'

/** Files that are deployed beside the function that answers them: `lib/documents.ts` makes them. */
export type DocumentName = 'openapi.json' | 'asyncapi.json'

/** What this API is, for programs. The same until the next deployment. */
export const readDocuments = (
  read: (name: DocumentName) => Promise<string>,
): Handlers<'getOpenApi' | 'getAsyncApi'> => ({
  getOpenApi: async () => ok(JSON.parse(await read('openapi.json'))),
  getAsyncApi: async () => ok(JSON.parse(await read('asyncapi.json'))),
})

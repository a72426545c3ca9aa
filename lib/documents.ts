import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asyncApi } from '../lambdas/http/asyncapi.ts'
import { openApi } from '../lambdas/http/openapi.ts'
import type { DocumentName } from '../lambdas/http/read-documents.ts'

/** The documents of the API, as they are answered. */
export const documents: Readonly<Record<DocumentName, () => string>> = {
  'openapi.json': () => JSON.stringify(openApi()),
  'asyncapi.json': () => JSON.stringify(asyncApi()),
}

/** Which function has them beside it. */
export const documentsWith = 'api/read-records'

/**
 * Writes the documents beside the code that answers them. So what they are made of, which is all that is said of the
 * API and more code than any function, is in no function.
 */
export const writeDocuments = (directory: string): void => {
  for (const [name, made] of Object.entries(documents)) writeFileSync(join(directory, name), made())
}

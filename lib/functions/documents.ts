import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { asyncApi } from '../../lambdas/contract/asyncapi.ts'
import { openApi } from '../../lambdas/contract/openapi.ts'
import type { DocumentName } from '../../lambdas/contract/read-documents.ts'

/** The documents of the API, as the API returns them. */
export const documents: Readonly<Record<DocumentName, () => string>> = {
  'openapi.json': () => JSON.stringify(openApi()),
  'asyncapi.json': () => JSON.stringify(asyncApi()),
}

/** The function that has them beside its code. */
export const documentsWith = 'api/read-records'

/**
 * Writes the documents beside the code of the function that returns them. So what generates them, all
 * descriptions and more code than any function has, is in no function.
 */
export const writeDocuments = (directory: string): void => {
  for (const [name, made] of Object.entries(documents)) writeFileSync(join(directory, name), made())
}

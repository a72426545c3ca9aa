import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'

const Manifest = z.object({ name: z.string(), version: z.string(), license: z.string().default('see below') })

/** The package of a file: `node_modules/zod`, `node_modules/a/node_modules/@b/c`. */
const packageOf = (path: string): string | undefined =>
  /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]

/** The names and licences of the bundled packages, as their licences require. */
export const notices = (root: string, files: readonly string[]): string => {
  const folders = [...new Set(files.flatMap((file) => packageOf(file) ?? []))].sort()
  const each = folders.map((folder) => {
    const { name, version, license } = Manifest.parse(
      JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
    )
    const file = readdirSync(join(root, folder)).find((one) => /^(licen[cs]e|copying)/i.test(one))
    const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : ''
    return `${name} ${version} (${license})\n\n${text}`
  })
  return `This package has code of these in it:\n\n${each.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

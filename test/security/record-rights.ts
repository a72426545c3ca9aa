import { subscribe } from 'node:diagnostics_channel'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { rightsUsed } from '../../local/iam/authorize.ts'

/**
 * Loaded by `test/run.ts` into every process of a test run (`node --import`): keeps which rights the stacks
 * in it used, and writes them down as the process ends. Without `GROUNDCREW_RIGHTS_USED`, a directory, it
 * does nothing.
 */
const UsedRight = z.object({ role: z.string(), action: z.string(), resource: z.string() })

const { GROUNDCREW_RIGHTS_USED: directory } = process.env

if (directory !== undefined) {
  const used = new Set<string>()
  subscribe(rightsUsed.name, (message) => {
    const { role, action, resource } = UsedRight.parse(message)
    used.add(`${role} ${action} ${resource}`)
  })
  process.on('exit', () => {
    if (used.size > 0) writeFileSync(join(directory, `${process.pid}.txt`), [...used].join('\n'))
  })
}

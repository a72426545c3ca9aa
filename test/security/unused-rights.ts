import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { backend, everything } from '../lib/backend.ts'

/** What comes with a function or a rule by itself, and is used by the service that runs it. */
const ofServices = /^(logs|sqs):/

/** Resources of one stack as those of another: the tests' stacks differ in name. */
const withoutStack = (arn: string): string => arn.replace(/([:/])groundcrew(-|$)/i, '$1')

const literal = (text: string): string => text.replaceAll(/[.\\+?^${}()|[\]]/g, '\\$&')
const asPattern = (resource: string): RegExp =>
  new RegExp(
    `^${resource
      .split(/\$\{[^}]+\}|\*/)
      .map(literal)
      .join('.*')}$`,
  )

/**
 * Rights of the template's roles that no stack used in a test run, a line each; empty: every right is needed
 * by something that a test does. `directory` is what `record-rights.ts` wrote.
 */
export const unusedRights = (directory: string): string[] => {
  const used = readdirSync(directory)
    .flatMap((file) => readFileSync(join(directory, file), 'utf8').split('\n'))
    .map((line) => line.split(' '))
    .map(([role = '', action, resource = '']) => ({
      role: withoutStack(`/${role}`),
      action,
      resource: withoutStack(resource),
    }))
  return backend(everything).roles.flatMap(({ logicalId, statements }) =>
    statements.flatMap(({ Action, Resource }) =>
      Action.filter((action) => !ofServices.test(action)).flatMap((action) =>
        Resource.map(withoutStack).flatMap((resource) => {
          const isIt = asPattern(resource)
          const isUsed = used.some(
            (one) => one.role === `/${logicalId}` && one.action === action && isIt.test(one.resource),
          )
          return isUsed ? [] : [`${logicalId} ${action} ${resource}`]
        }),
      ),
    ),
  )
}

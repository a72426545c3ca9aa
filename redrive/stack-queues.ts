import type { SqsQueues } from './sqs-queues.ts'

/** A queue of the stack: `name` as in `lib/`, such as `repliesDeadLetters`. */
export type StackQueue = { name: string; url: string }

const escaped = (text: string): string => text.replaceAll(/[^\w]/g, '\\$&')

/**
 * The stack's queues by their names in `lib/`. CloudFormation names a queue with the stack's name, the
 * logical id (the path in the construct tree and a hash), and a random part, which the local runtime leaves
 * out. In another CDK app's stack the path begins with the construct's own id.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
 */
export const stackQueues = async (sqs: SqsQueues, stackName: string): Promise<Map<string, StackQueue>> => {
  const pattern = new RegExp(
    `/${escaped(stackName)}-(?:[A-Za-z0-9]*?)(?:Ingest|Upkeep|DockServer|Events)(\\w+?)[0-9A-F]{8}(?:-\\w+)?$`,
  )
  const urls = await sqs.list(`${stackName}-`)
  return new Map(
    urls.flatMap((url) => {
      const [, name] = pattern.exec(url) ?? []
      return name === undefined ? [] : [[name, { name, url }]]
    }),
  )
}

/** @throws Error that names the searched stack, if it has no such queue. */
export const queueNamed = (
  queues: ReadonlyMap<string, StackQueue>,
  name: string,
  stackName: string,
): StackQueue => {
  const queue = queues.get(name)
  if (queue) return queue
  throw new Error(
    `There is no queue ${name} of a stack ${stackName} here. Is it another stack (--stack), account or region?`,
  )
}

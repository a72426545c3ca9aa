import type { SQSClientConfig } from '@aws-sdk/client-sqs'
import * as z from 'zod'
import { operatorEnv, operatorFile, pathShown } from './local-data.ts'
import type { Endpoints } from './republish.ts'

/** The stack, and how to reach its queues and the services for publishing events. */
export type Connection = { stackName: string; config: SQSClientConfig; endpoints: Endpoints }

/** The environment that a running local stack writes to its data directory. */
const LocalEnvironment = z.object({
  GROUNDCREW_STACK: z.string(),
  AWS_ENDPOINT_URL_SQS: z.string(),
  AWS_ENDPOINT_URL_DYNAMODB: z.string(),
  AWS_ENDPOINT_URL_DYNAMODB_STREAMS: z.string(),
  AWS_ENDPOINT_URL_EVENTBRIDGE: z.string(),
  AWS_REGION: z.string(),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  AWS_SESSION_TOKEN: z.string(),
})

const localConnection = (data: string): Connection => {
  const found = operatorEnv(data)
  if (!found)
    throw new Error(`No stack runs over ${pathShown(data)}. Start it: npm start; --data names another`)
  const read = LocalEnvironment.safeParse(found)
  if (!read.success)
    throw new Error(`${pathShown(operatorFile(data))} is damaged. Start the stack over it again: npm start`)
  const variables = read.data
  return {
    stackName: variables.GROUNDCREW_STACK,
    endpoints: {
      dynamoDb: variables.AWS_ENDPOINT_URL_DYNAMODB,
      streams: variables.AWS_ENDPOINT_URL_DYNAMODB_STREAMS,
      eventBridge: variables.AWS_ENDPOINT_URL_EVENTBRIDGE,
    },
    // Given here, since the environment's own credentials would otherwise take precedence.
    config: {
      endpoint: variables.AWS_ENDPOINT_URL_SQS,
      region: variables.AWS_REGION,
      credentials: {
        accessKeyId: variables.AWS_ACCESS_KEY_ID,
        secretAccessKey: variables.AWS_SECRET_ACCESS_KEY,
        sessionToken: variables.AWS_SESSION_TOKEN,
      },
    },
  }
}

/**
 * The stack in AWS, with the credentials and region of the AWS CLI, or the stack that runs on this machine
 * over `data`.
 * @throws Error if none runs there.
 */
export const connectionTo = ({
  stackName,
  data,
}: {
  stackName: string | undefined
  data: string | undefined
}): Connection => {
  if (data === undefined) return { stackName: stackName ?? 'Groundcrew', config: {}, endpoints: {} }
  const local = localConnection(data)
  return { ...local, stackName: stackName ?? local.stackName }
}

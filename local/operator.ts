import { rmSync } from 'node:fs'
import type { Principals, RoleDefinition } from './iam/principals.ts'
import { writeStateFile } from './state-file.ts'
import { localAccountId } from './template/read-template.ts'

/**
 * The role of the local operator, like an administrator of the AWS account: beside the template's roles, and
 * no service and no function can assume it. It may work on the queues and republish changes whose events were
 * lost, and has no other right.
 */
export const operatorRole: RoleDefinition = {
  arn: `arn:aws:iam::${localAccountId}:role/local-operator`,
  name: 'local-operator',
  policies: [
    {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
        {
          Effect: 'Allow',
          Action: [
            'dynamodb:BatchGetItem',
            'dynamodb:GetShardIterator',
            'dynamodb:GetRecords',
            'events:PutEvents',
          ],
          Resource: '*',
        },
      ],
    },
  ],
  trust: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'local-operator.amazonaws.com' } },
    ],
  },
  maxSessionSeconds: 43_200,
}

/** Longer than any process runs; the file is written anew at each start. */
const sessionSeconds = 365 * 86_400

type Where = {
  stackName: string
  region: string
  endpoints: Record<string, string>
  /** Where commands on this machine find the API and the broker. */
  addresses: Record<'API' | 'MQTT' | 'EDGE' | 'DOCK', string>
}

/** The services that an operator calls. */
const called = ['SQS', 'DYNAMODB', 'DYNAMODB_STREAMS', 'EVENTBRIDGE'].map(
  (name) => `AWS_ENDPOINT_URL_${name}`,
)

/** The environment with which `npm run redrive -- --local` and the AWS CLI act as this operator. */
export const operatorEnvironment = async (
  principals: Principals,
  { stackName, region, endpoints, addresses }: Where,
): Promise<Record<string, string>> => {
  const { credentials } = await principals.issue(operatorRole.arn, {
    sessionName: 'operator',
    durationSeconds: sessionSeconds,
  })
  return {
    GROUNDCREW_STACK: stackName,
    ...Object.fromEntries(
      Object.entries(addresses).map(([name, address]) => [`GROUNDCREW_${name}_URL`, address]),
    ),
    ...Object.fromEntries(Object.entries(endpoints).filter(([name]) => called.includes(name))),
    AWS_REGION: region,
    // For version 1 of the AWS CLI.
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  }
}

/**
 * Writes the environment to a file that only this user can read; the returned function removes it. A start
 * replaces the file of a killed run.
 */
export const keepOperatorEnvironment = (file: string, variables: Record<string, string>): (() => void) => {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  writeStateFile(file, lines.join(''))
  return () => rmSync(file, { force: true })
}

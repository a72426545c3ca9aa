/**
 * DynamoDB's errors. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */

const serviceNamespace = 'com.amazonaws.dynamodb.v20120810'

/** An error as DynamoDB sends it: `__type` is namespace and code; `fields` are more members of its body. */
export class DynamoDbError extends Error {
  readonly code: string
  readonly status: number
  readonly namespace: string
  readonly fields: object
  constructor(
    code: string,
    message: string,
    {
      status = 400,
      namespace = serviceNamespace,
      fields = {},
    }: { status?: number; namespace?: string | undefined; fields?: object } = {},
  ) {
    super(message)
    this.code = code
    this.status = status
    this.namespace = namespace
    this.fields = fields
  }

  toBody(): string {
    return JSON.stringify({ __type: `${this.namespace}#${this.code}`, message: this.message, ...this.fields })
  }
}

/** A request that is invalid in itself. */
export const invalid = (message: string): DynamoDbError =>
  new DynamoDbError('ValidationException', message, { namespace: 'com.amazon.coral.validate' })

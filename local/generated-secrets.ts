import { createHmac } from 'node:crypto'
import * as z from 'zod'
import { declared, Flag, Ignored, Num, type Resources } from './declared.ts'

const SecretProperties = z.strictObject({
  Description: Ignored,
  GenerateSecretString: z.strictObject({
    ExcludePunctuation: Flag.pipe(z.literal(true)),
    GenerateStringKey: z.string(),
    PasswordLength: Num,
    SecretStringTemplate: z.string(),
  }),
  Name: Ignored,
  Tags: Ignored,
})
const Template = z.record(z.string(), z.string())

const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

const password = (seed: string, arn: string, length: number): string =>
  Array.from({ length }, (_, n) => {
    const random = createHmac('sha256', seed).update(`${arn}/${n}`).digest().readUInt32BE()
    return characters[random % characters.length]
  }).join('')

/**
 * The secrets that CloudFormation would generate, by ARN. They are derived from `seed`, so that they stay the
 * same from one start to the next.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html
 */
export const generatedSecrets = (resources: Resources, seed: string): ReadonlyMap<string, string> =>
  new Map(
    declared(resources, 'AWS::SecretsManager::Secret', SecretProperties).map(({ arn, properties }) => {
      const { SecretStringTemplate, GenerateStringKey, PasswordLength } = properties.GenerateSecretString
      const made = { [GenerateStringKey]: password(seed, arn, PasswordLength) }
      return [arn, JSON.stringify({ ...Template.parse(JSON.parse(SecretStringTemplate)), ...made })]
    }),
  )

const TokenKey = z.object({ id: z.string(), secret: z.string() })

/**
 * The key-value store as the deployer fills it (docs/deploy.md): with the key of each secret, under its id.
 * `get` rejects for an unknown id.
 */
export const copiedKeys = (secrets: ReadonlyMap<string, string>) => ({
  get: async (id: string): Promise<string> => {
    const keys = [...secrets.values()].map((text) => TokenKey.parse(JSON.parse(text)))
    const key = keys.find((one) => one.id === id)
    if (!key) throw new Error('KeyNotFound')
    return key.secret
  },
})

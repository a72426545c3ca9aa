import * as z from 'zod'

/**
 * Characters, so that derived names fit: with `Console`, a hyphen and the region's name into the 64
 * characters of CloudFront's functions, with a hyphen and the account's id into the 63 of the sign-in page's
 * domain.
 */
const longest = 40

/**
 * Words that Cognito refuses anywhere in a sign-in page's domain.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
 */
const reserved = ['aws', 'amazon', 'cognito']

/** The name of the backend's stack; the console's stack is named the same with `Console` appended. */
export const stackName = z
  .string()
  .regex(
    new RegExp(`^[A-Za-z][A-Za-z0-9-]{0,${longest - 1}}$`),
    `must be letters, digits and hyphens, a letter first, at most ${longest}`,
  )
  .refine((name) => !/console$/i.test(name), 'must not end in Console, as the stack of the console does')
  .default('Groundcrew')

/** Why the sign-in page of the stack's own user pool cannot have this name; undefined: it can. */
export const signInFault = (name: string): string | undefined => {
  const word = reserved.find((one) => name.toLowerCase().includes(one))
  if (word === undefined) return undefined
  return `must not have ${word} in it: it becomes part of the sign-in page's domain, where Cognito refuses that word; choose another name`
}

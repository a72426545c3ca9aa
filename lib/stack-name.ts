import * as z from 'zod'

/**
 * So many that the names made of it fit: with `Console`, a hyphen and the region's name into the 64
 * characters of CloudFront's functions, with a hyphen and the account's id into the 63 of the sign-in page's
 * domain.
 */
const longest = 40

/**
 * Words that Cognito refuses anywhere in the domain of a sign-in page.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
 */
const reserved = ['aws', 'amazon', 'cognito']

/** The name of the backend's stack; the console's is the same with `Console` behind it. */
export const stackName = z
  .string()
  .regex(
    new RegExp(`^[A-Za-z][A-Za-z0-9-]{0,${longest - 1}}$`),
    `must be letters, digits and hyphens, a letter first, at most ${longest}`,
  )
  .refine((name) => !/console$/i.test(name), 'must not end in Console, as the stack of the console does')
  .default('Groundcrew')

/** Why the sign-in page of the stack's own user pool could not be named so, if it could not. */
export const signInFault = (name: string): string | undefined => {
  const word = reserved.find((one) => name.toLowerCase().includes(one))
  if (word === undefined) return undefined
  return `must not have ${word} in it: it is part of the sign-in page's domain, where Cognito refuses that; take another name`
}

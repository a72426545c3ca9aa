import type { Asked } from './command.ts'
import { pathShown } from './local-data.ts'

/** Messages of the AWS SDK about a missing configuration, and what to do. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /^Region is missing|region=""/,
    'No region is set. Set AWS_REGION to that of the stack, or take --local for that of npm start',
  ],
  [
    /^Could not load credentials/,
    'No AWS credentials are found. Log in as for the AWS CLI (AWS_PROFILE, aws sso login), or take --local for npm start',
  ],
  [
    /security token.*invalid|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|token.*expired/i,
    'AWS does not take these credentials: they are wrong or over. Log in again',
  ],
]

/** The sentence for an error. `said`: the error in one line. */
export const whyNot = (said: string, { data }: Pick<Asked, 'data'>): string => {
  const remedy = remedies.find(([pattern]) => pattern.test(said))?.[1]
  if (remedy) return remedy
  const isAway = /^(nothing listens|no way leads|there is no host|the name )/.test(said)
  if (!isAway) return said
  return data === undefined
    ? `${said}. Are region and network right?`
    : `${said}. The npm start over ${pathShown(data)} runs no more: start it again`
}

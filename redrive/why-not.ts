import type { Asked } from './command.ts'
import { pathShown } from './local-data.ts'

/** Messages of the AWS SDK about a missing configuration, and what to do. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /^Region is missing|region=""/,
    'No region is set. Set AWS_REGION to the stack’s region, or use --local for npm start',
  ],
  [
    /^Could not load credentials/,
    'No AWS credentials are found. Log in as for the AWS CLI (AWS_PROFILE, aws sso login), or use --local for npm start',
  ],
  [
    /security token.*invalid|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken|token.*expired/i,
    'AWS refuses these credentials: they are wrong or expired. Log in again',
  ],
]

/** The sentence for an error. `problem`: the error in one line. */
export const whyNot = (problem: string, { data }: Pick<Asked, 'data'>): string => {
  const remedy = remedies.find(([pattern]) => pattern.test(problem))?.[1]
  if (remedy) return remedy
  const isAway = /^(nothing listens|no way leads|there is no host|the name )/.test(problem)
  if (!isAway) return problem
  return data === undefined
    ? `${problem}. Are region and network right?`
    : `${problem}. The npm start over ${pathShown(data)} is no longer running: start it again`
}

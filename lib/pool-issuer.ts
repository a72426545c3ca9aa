import { Aws } from 'aws-cdk-lib'

/**
 * The `iss` of a pool's tokens.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html
 */
export const poolIssuer = (
  poolId: string,
  { region, urlSuffix }: { region: string; urlSuffix: string } = {
    region: Aws.REGION,
    urlSuffix: Aws.URL_SUFFIX,
  },
): { origin: string; issuer: string } => {
  const origin = `https://cognito-idp.${region}.${urlSuffix}`
  return { origin, issuer: `${origin}/${poolId}` }
}

/**
 * Why the server refuses, and the vendor's code for it. 210229 and 210234 are known only from another
 * platform's SDK (README.md).
 */
export const refusalCodes = {
  /** The binding code is unknown, used up, expired or revoked. */
  wrongCode: 210_229,
  /** The organization could not be read at the moment. */
  organizationUnread: 210_230,
  /** Not bound, for none of the other reasons. */
  notBound: 210_231,
  boundElsewhere: 210_232,
  /** The state of the binding could not be read at the moment. */
  stateUnread: 210_233,
  noOrganization: 210_234,
  /**
   * The vendor has no code for what a server does not support, or cannot do at the moment; any code but 0 is
   * an error.
   */
  unsupported: 1,
  unavailable: 1,
} as const

export type Refusal = keyof typeof refusalCodes

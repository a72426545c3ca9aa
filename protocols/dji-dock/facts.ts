/**
 * What a dock asks its server and tells it, in our own words. `up.ts` makes these from the vendor's messages;
 * nothing outside this folder knows a vendor field name.
 */

/** Opaque to callers: goes from a reader to the answer in `down.ts`. */
export type AnswerTo = { requestId: string; processId?: string; method?: string }

/** A device, the dock itself or its aircraft, that a dock wants bound. What is missing was unusable. */
export type BindDevice = {
  sn: string
  bindingCode?: string
  organizationId?: string
  callSign?: string
  /** `{domain}-{type}-{sub type}`, such as `3-3-0` for a Dock 3. */
  model?: string
}

/**
 * What a dock asks. `config`: its licence and time server, at each connect; `bindStatus`: whether devices
 * belong to an organization; `organization`: the name of one, before a bind; `bind`: to belong to it;
 * `flightAreas` and `offlineMap`: before each take-off; `other`: what we have no answer for.
 */
export type Ask =
  | { kind: 'config' }
  | { kind: 'bindStatus'; sns: readonly string[] }
  | { kind: 'organization'; organizationId?: string; bindingCode?: string }
  | { kind: 'bind'; devices: readonly BindDevice[] }
  | { kind: 'flightAreas' }
  | { kind: 'offlineMap' }
  | { kind: 'other'; method: string }

export type DockRequest = { ask: Ask; answerTo: AnswerTo }

/** An aircraft that is on. `index` is its channel to the dock. */
export type ConnectedAircraft = { sn: string; model?: string; index?: string }

/**
 * The whole picture of what hangs on a dock, each time anew: without aircraft, the aircraft is off. `answerTo`
 * is missing where the message has nothing to answer to.
 */
export type Topology = {
  dock: { model?: string }
  aircraft: readonly ConnectedAircraft[]
  answerTo?: AnswerTo
}

/**
 * The version that the device of the topic runs. `dockSn`: the dock that speaks, where the message names it; of
 * an aircraft's it is the only word of that.
 */
export type Firmware = { version: string; dockSn?: string }

/** A message meant for us and unusable; where `answerTo` is, the dock waits for an answer all the same. */
export type Unusable = { outcome: 'notUnderstood'; reason: string; path: string; answerTo?: AnswerTo }

import { methods } from '../../../protocols/dji-dock/topics.ts'
import { type Asking, BadAnswer } from './asking.ts'
import { models } from './machines.ts'

/** The operator's input on the remote controller; without a code the dock must already be bound. */
export type Membership = { organizationId: string; bindingCode?: string; callSign?: string }

type Machines = { dockSn: string; aircraftSn: string; aircraftOn: boolean }

/**
 * A dock's steps after each connect, in the order of DJI's page "Access to cloud": it requests its licence,
 * checks whether it is bound, otherwise binds itself and its aircraft, and reports its topology. `onStep` is
 * called for each step.
 * @throws BadAnswer if the server refuses, or does not give a needed answer.
 */
export const comeOnline = async (
  { ask }: Asking,
  { dockSn, aircraftSn, aircraftOn }: Machines,
  member: Membership,
  { stop, onStep }: { stop: AbortSignal; onStep: (step: string) => void },
): Promise<void> => {
  await ask(methods.config, { config_type: 'json', config_scope: 'product' }, { attempts: 3, stop })
  onStep('has its licence')
  const sns = aircraftOn ? [aircraftSn, dockSn] : [dockSn]
  const { output } = await ask(methods.bindStatus, { devices: sns.map((sn) => ({ sn })) }, { stop })
  const unbound = sns.filter((sn) => !isBound(output.bind_status, sn, member.organizationId))
  if (unbound.length > 0) onStep(await bind({ ask }, { dockSn, unbound, member, stop }))
  await reportTopology({ ask }, { dockSn, aircraftSn, aircraftOn }, stop)
  onStep('is online')
}

const isBound = (
  status: readonly { sn: string; is_device_bind_organization: boolean; organization_id: string }[],
  sn: string,
  organizationId: string,
): boolean => {
  const own = status.find((device) => device.sn === sn)
  if (!own) throw new BadAnswer(`the answer to ${methods.bindStatus} says nothing of ${sn}`)
  if (own.is_device_bind_organization && own.organization_id !== organizationId)
    throw new BadAnswer(`${sn} is bound to organization ${own.organization_id}, not to ${organizationId}`)
  return own.is_device_bind_organization
}

type Binding = { dockSn: string; unbound: readonly string[]; member: Membership; stop: AbortSignal }

const bind = async (
  { ask }: Pick<Asking, 'ask'>,
  { dockSn, unbound, member, stop }: Binding,
): Promise<string> => {
  const { organizationId, bindingCode, callSign } = member
  if (bindingCode === undefined)
    throw new BadAnswer(`${unbound.join(' and ')} belongs to no organization, and no binding code is given`)
  const claim = { device_binding_code: bindingCode, organization_id: organizationId }
  const { output } = await ask(methods.organization, claim, { stop })
  const bind_devices = unbound.map((sn) => {
    const isDock = sn === dockSn
    return {
      sn,
      ...claim,
      device_callsign: `${callSign ?? 'Simulated'} ${isDock ? 'dock' : 'aircraft'}`,
      device_model_key: models[isDock ? 'dock' : 'aircraft'].key,
    }
  })
  const bound = await ask(methods.bind, { bind_devices }, { stop })
  for (const sn of unbound) {
    const outcome = bound.output.err_infos.find((device) => device.sn === sn)
    if (outcome?.err_code !== 0)
      throw new BadAnswer(`${sn} could not be bound (${outcome?.err_code ?? 'no word of it'})`)
  }
  return `is bound to ${output.organization_name}`
}

/** A missing answer stops nothing; then the server does not know the aircraft. */
export const reportTopology = async (
  { ask }: Pick<Asking, 'ask'>,
  { aircraftSn, aircraftOn }: Machines,
  stop: AbortSignal,
): Promise<void> => {
  const { domain, type, subType } = models.dock
  const thing = { device_secret: 'secret', nonce: 'nonce', thing_version: '1.3.1' }
  const aircraft = {
    sn: aircraftSn,
    domain: models.aircraft.domain,
    index: 'A',
    ...thing,
    type: models.aircraft.type,
    sub_type: models.aircraft.subType,
  }
  const data = { domain, type, sub_type: subType, ...thing, sub_devices: aircraftOn ? [aircraft] : [] }
  await ask(methods.topology, data, { stop }).catch((error: unknown) => {
    if (!(error instanceof BadAnswer)) throw error
  })
}

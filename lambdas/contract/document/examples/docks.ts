import { aircraftSn, at, createdAt, dockSn, fleet, id, person } from './common.ts'

const account = { userName: 'dockabcdefgh', fleet, dockSn, createdAt, createdBy: person }
const code = {
  id,
  hint: '7KQX',
  state: 'usable',
  usesLeft: 1,
  fleet,
  expiresAt: '2026-11-24T10:02:00.000Z',
  createdAt,
  createdBy: person,
  usedBy: [],
}

export const dockExamples = {
  Dock: {
    dockSn,
    name: 'Roof of the depot',
    aircraftSn,
    fleet,
    createdAt,
    presence: { state: 'online', since: at('09:00:00'), source: 'connection', mode: 'idle' },
    lastHeardAt: at('10:01:58'),
  },
  DockChange: { name: 'Roof of the depot, west', aircraftSn: null },
  DockInput: { name: 'Roof of the depot', aircraftSn, fleet },
  AlarmRecord: {
    dockSn,
    sn: aircraftSn,
    code: '0x16100083',
    level: 'warning',
    module: 'flight',
    imminent: false,
    inTheSky: true,
    component: 0,
    sensor: 0,
    help: 'https://developer.dji.com/doc/cloud-api-tutorial/en/',
    state: 'standing',
    raisedAt: at('09:58:12'),
    seenAt: at('10:01:40'),
  },
  DebugMode: { dockSn, state: 'waking', since: at('10:02:01'), heldBy: person, until: at('10:17:00') },
  OpenDebugMode: { forSeconds: 900 },
  DockAccount: account,
  DockAccountInput: { fleet, dockSn },
  DockAccountWithPassword: { ...account, password: 'shown-this-once' },
  Organization: { id: 'depot', name: 'Depot', createdAt, createdBy: person },
  OrganizationInput: { name: 'Depot' },
  BindingCode: code,
  BindingCodeInput: { uses: 1, expiresInHours: 72, fleet },
  NewBindingCode: { ...code, code: 'N4WH7KQX' },
}

/** The exports of `@groundcrew/cdk`: docs/construct.md. */
export { Groundcrew, type OnEventProps } from './groundcrew.ts'
export type {
  DockLoginProps,
  DockServerProps,
  GroundcrewProps,
  Issuer,
  OutsideStorage,
  Permission,
  Retention,
} from './options/groundcrew-props.ts'
export { WrongOptions } from './options/wrong-options.ts'

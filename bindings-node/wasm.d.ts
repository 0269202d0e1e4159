import type * as sentby from './index'

/** The calls of a program that the module has. */
export type WasmProgram = Pick<
  sentby.Program,
  | 'name' | 'vendor' | 'parameter' | 'version' | 'toJson' | 'couponOwner' | 'read' | 'link' | 'decorate' | 'carry' | 'carried' | 'lint'
  | 'attribute' | 'fingerprint' | 'commission' | 'commissionAfter' | 'refund' | 'reverse' | 'restore'
> & {
  identity(keys: WasmKeys, kind: sentby.IdentityKind, value: string): string[]
  diff(newer: WasmProgram): sentby.Change[]
}

export type WasmKeys = Pick<sentby.Keys, 'seal' | 'open' | 'shortCode' | 'openShortCode' | 'setCookie' | 'readCookie' | 'forgetCookie'>

/** What the module offers: the shapes, errors and answers of the package. */
export type Wasm = Pick<
  typeof sentby,
  | 'allocate' | 'carrierNames' | 'clearCookie' | 'consent' | 'explain' | 'explainCommission' | 'formatMoney' | 'link' | 'lint' | 'messages' | 'parseMoney' | 'peek' | 'read'
  | 'readLenient' | 'referralWithin' | 'touchOf' | 'touchWithin'
> & {
  Keys: new (keys: readonly sentby.RootKey[]) => WasmKeys
  Program: { fromToml(text: string): WasmProgram; fromJson(text: string): WasmProgram }
}

/**
 * Loads the module: from its bytes, a compiled `WebAssembly.Module` (as edge runtimes import it: `import module from 'sentby/sentby.wasm'`), a
 * `Response`, or a URL; by default from the file beside this one.
 */
export declare function load(source?: BufferSource | WebAssembly.Module | Response | Promise<Response> | URL | string): Promise<Wasm>

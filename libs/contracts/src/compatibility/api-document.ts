/** What of a JSON Schema (draft 2020-12) our documents use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly [keyword: string]: unknown;
}

export type Content = Readonly<Record<string, { readonly schema?: Schema }>>;
export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}
export interface Body {
  readonly required?: boolean;
  readonly content?: Content;
}
export interface Answer {
  readonly headers?: Readonly<Record<string, { readonly schema?: Schema; readonly required?: boolean }>>;
  readonly content?: Content;
}
export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Answer>>;
  /** Ways to authenticate, of which one is enough; none at all: open to everybody. */
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}
type PathItem = Readonly<Record<string, Operation>>;

/** What of an OpenAPI 3.1 document is compared. */
export interface ApiDocument {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly webhooks?: Readonly<Record<string, PathItem>>;
}

/**
 * A copy in which what was referred to (`#/components/…`) stands in its place.
 * @throws Error on a reference to nothing, or to something outside of the document
 */
export const dereferenced = (document: unknown): ApiDocument => inlined(document, document) as ApiDocument;

const inlined = (node: unknown, root: unknown): unknown => {
  if (Array.isArray(node)) return node.map((item) => inlined(item, root));
  if (typeof node !== 'object' || node === null) return node;
  if ('$ref' in node && typeof node.$ref === 'string') return inlined(target(node.$ref, root), root);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, inlined(value, root)]));
};

const target = (reference: string, root: unknown): unknown => {
  const found = reference.startsWith('#/')
    ? reference
        .slice(2)
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], root)
    : undefined;
  if (found === undefined) throw new Error(`${reference} refers to nothing in the document`);
  return found;
};

/** A field of a message. */
export interface FieldType {
  /** Its name in JSON and in loaded messages, lowerCamelCase. */
  readonly name: string;
  /** Its name in the .proto file, snake_case. */
  readonly protoName: string;
  readonly comment: string;
  /** A scalar as .proto files name it, such as `int64`, or the full name of a message or enum. */
  readonly type: string;
  readonly kind: 'scalar' | 'message' | 'enum';
  /** A list; of a map it is a list of entries. */
  readonly isRepeated: boolean;
  /** Presence is told apart from a default: what is absent has no value. */
  readonly hasPresence: boolean;
  /** The oneof of which it is a part. */
  readonly oneof: string | undefined;
}
export interface MessageType {
  /** Full name, such as `fanout.v1.Run`. */
  readonly name: string;
  readonly comment: string;
  readonly fields: readonly FieldType[];
  /** The entry of a map, with the fields `key` and `value`. */
  readonly isMapEntry: boolean;
}
interface EnumType {
  readonly name: string;
  readonly comment: string;
  readonly values: readonly {
    readonly name: string;
    readonly number: number;
    readonly comment: string;
  }[];
}
export interface Rpc {
  /** `/fanout.v1.RunService/GetRun` */
  readonly path: string;
  /** Full name of its service. */
  readonly service: string;
  readonly name: string;
  readonly comment: string;
  /** Full names of messages. */
  readonly request: string;
  readonly response: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}
/** Everything that the .proto files say, comments included. */
export interface Protocol {
  readonly messages: ReadonlyMap<string, MessageType>;
  readonly enums: ReadonlyMap<string, EnumType>;
  readonly rpcs: readonly Rpc[];
}
/** Reads the protocol from its descriptors, anew by each call: some 50 ms. */
export declare function readProtocol(): Protocol;

import { fanoutV1, type ReadUnitedResponse__Output, unaryCall } from '@fanout/proto';
import { type ChannelOptions, channelOptions, credentialsOf, metadataOf } from './channel.ts';
import { FanoutError } from './errors.ts';

const pageDeadlineMs = 60_000;
/** Items of a page: few enough that reading the next one and working on this one overlap. */
const pageSize = 1_000;

/** The items of a united list; the next page is under way while one is worked on. */
export async function* readItems(
  read: (pageToken: string) => Promise<ReadUnitedResponse__Output>,
): AsyncGenerator<unknown> {
  let next = read('');
  for (;;) {
    const { itemsJson = [], nextPageToken = '' } = await next;
    if (nextPageToken !== '') {
      next = read(nextPageToken);
      // Awaited in the next round; until then a failure must not count as unhandled.
      next.catch(() => {});
    }
    for (const item of itemsJson) yield JSON.parse(item);
    if (nextPageToken === '') return;
  }
}

/** Reads pages of united lists from one state manager. */
export class UnitedReader {
  readonly #client: InstanceType<typeof fanoutV1.RuntimeService>;
  readonly #options: ChannelOptions;
  readonly #namespace: string;

  constructor(address: string, options: ChannelOptions, namespace: string) {
    this.#client = new fanoutV1.RuntimeService(address, credentialsOf(options), channelOptions);
    this.#options = options;
    this.#namespace = namespace;
  }

  close(): void {
    this.#client.close();
  }

  /** @throws FanoutError */
  async page(
    lease: { stateId: string; leaseToken: string },
    inputName: string,
    pageToken: string,
  ): Promise<ReadUnitedResponse__Output> {
    const request = { ...lease, namespace: this.#namespace, inputName, pageToken, pageSize };
    const call = { deadline: Date.now() + pageDeadlineMs };
    try {
      return await unaryCall((done) =>
        this.#client.readUnited(request, metadataOf(this.#options), call, done),
      );
    } catch (error) {
      throw FanoutError.from(error);
    }
  }
}

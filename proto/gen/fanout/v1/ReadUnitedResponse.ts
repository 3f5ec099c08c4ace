
export interface ReadUnitedResponse {
  'itemsJson'?: (string)[];
  'nextPageToken'?: (string);
}

export interface ReadUnitedResponse__Output {
  'itemsJson'?: (string)[];
  'nextPageToken'?: (string);
}

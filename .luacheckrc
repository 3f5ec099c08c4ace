-- For the Lua scripts of storage. `npm run verify` checks each as Redis gets it, with the shared files that it includes.

stds.script = {
  read_globals = {
    'KEYS', 'ARGV', 'tonumber', 'tostring', 'ipairs', 'pairs', 'unpack',
    redis = {fields = {'call', 'error_reply'}},
    string = {other_fields = true}, table = {other_fields = true}, math = {other_fields = true},
  },
}
std = 'script'
max_line_length = 120
-- A shared file does not know what a script that includes it calls its arguments.
ignore = {'43.'}

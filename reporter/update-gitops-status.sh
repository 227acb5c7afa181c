#!/usr/bin/env bash
# Runs the drift check of a GitOps repo with ansible-playbook --check and reports what is true to a gitops-status-server.
#
#   update-gitops-status.sh [--always-zero] [--fail-on drift|change] [--dry-run] [-- ARGUMENTS OF ansible-playbook]
#
# Exit: 0 in sync, 2 drift, 1 the check or its delivery failed (1 wins). README.md beside this file tells the rest.
#
# The rule behind every line: never a false SYNCED. Everything starts as UNKNOWN, and only the whole way through makes
# it SYNCED: exit code, complete observations, every expected host, every play, something really compared.
#
# Needs bash 4.4+, jq 1.6+, curl, coreutils, ansible-core 2.14+, and callback_plugins/gitops_status.py beside it.
set -u -o pipefail
# Observations and unsent reports are nobody else's business.
umask 077

readonly CONNECT_TIMEOUT_S=5 # to the server, per try
readonly ANSWER_TIMEOUT_S=15 # of the server, per try, connecting included; GITOPS_STATUS_TIMEOUT overrides
readonly LAST_WORDS_TIMEOUT_S=5 # at an untimely end: runners kill what is left after about ten seconds
readonly RETRY_DELAYS_S=(1 2 4) # between the four tries, each plus up to a second of jitter
readonly RETRY_AFTER_MAX_S=60 # a server that asks for more gets the report from the spool, next time
readonly DELIVERY_BUDGET_S=150 # no further try starts after this
readonly KILL_AFTER_S=10 # from asking a late ansible-playbook to end to killing it
readonly LISTING_TIMEOUT_S=60 # for asking Ansible which hosts there are
readonly SPOOL_FLUSH_MAX=20 # unsent reports tried per run
readonly SPOOL_KEEP_MAX=1000 # unsent reports kept; the oldest go first
readonly BATCH_REPORTS_MAX=1000 # of one POST: the server's limit
readonly BATCH_BYTES_MAX=4000000 # of one POST: half of the server's default limit
readonly NAME_PATTERN='^[A-Za-z0-9][A-Za-z0-9._:@/+~-]{0,254}$' # of a repo or a server, as the server wants it

HERE=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd) || exit 1
readonly HERE

always_zero=false dry_run=false fail_on=drift
ansible_arguments=()
work='' token=''
stage=checking # checking -> reporting -> settled: tells the EXIT trap what is still owed to the server
listing_timeout_s=$LISTING_TIMEOUT_S
unsent=()      # files with the bodies that have not been delivered
http_status=000 outcome=''

# ---- Talking -----------------------------------------------------------------------------------------------------

log() { printf 'gitops-status: %s\n' "$*" >&2; }

give_up() {
  log "$*"
  stage=settled
  exit 1
}

usage() {
  sed -n '4p;6p' "${BASH_SOURCE[0]}" | sed 's/^# *//' >&2
}

# ---- Settings ----------------------------------------------------------------------------------------------------

parse_arguments() {
  while (($#)); do
    case $1 in
      --always-zero) always_zero=true ;;
      --dry-run) dry_run=true ;;
      --fail-on=*) fail_on=${1#*=} ;;
      --fail-on)
        fail_on=${2-}
        (($# > 1)) && shift
        ;;
      --)
        shift
        ansible_arguments=("$@")
        break
        ;;
      -h | --help)
        usage
        stage=settled
        exit 0
        ;;
      *)
        usage
        give_up "unknown argument: $1 (arguments for ansible-playbook go after --)"
        ;;
    esac
    shift
  done
  [[ $fail_on == drift || $fail_on == change ]] || give_up "--fail-on is drift or change, not '$fail_on'"
}

# Out of the environment with it: neither Ansible nor any module it runs may see the token.
take_token() {
  local -
  set +x
  token=${GITOPS_STATUS_TOKEN-}
  unset GITOPS_STATUS_TOKEN
  if [[ -z $token && -n ${GITOPS_STATUS_TOKEN_FILE-} ]]; then
    token=$(<"$GITOPS_STATUS_TOKEN_FILE") || give_up 'GITOPS_STATUS_TOKEN_FILE cannot be read'
  fi
  token=${token%$'\r'}
  [[ $token != *[[:cntrl:]]* ]] || give_up 'the token has a line break or another control character in it'
}

require_positive() {
  [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || give_up "$1 is a whole number of seconds above 0, not '$2'"
}

require_name() {
  [[ $2 =~ $NAME_PATTERN ]] ||
    give_up "$1 is 1-255 letters, digits and . _ - : @ / + ~, starting with a letter or digit, not '$2'"
}

read_settings() {
  take_token
  detect_ci
  server_url=${GITOPS_STATUS_SERVER_URL-}
  server_url=${server_url%/}
  repo=${REPO_NAME:-$ci_repo}
  server=${SERVER_NAME-}
  playbook=${DRIFT_CHECK_PLAYBOOK:-ansible/playbooks/drift-check.yml}
  check_timeout_s=${DRIFT_CHECK_TIMEOUT:-300}
  interval_s=${EXPECTED_INTERVAL-}
  strip_prefix=${STRIP_PREFIX-/etc/}
  expected_hosts=${EXPECTED_HOSTS:-all}
  drift_source=${DRIFT_SOURCE:-plugin}
  answer_timeout_s=${GITOPS_STATUS_TIMEOUT:-$ANSWER_TIMEOUT_S}

  $dry_run || [[ $server_url =~ ^https?://[^[:space:][:cntrl:]]+$ ]] ||
    give_up 'GITOPS_STATUS_SERVER_URL must be the http(s) address of the gitops-status-server'
  [[ -n $repo ]] || give_up 'REPO_NAME is not set, and no CI or git remote tells the name of the repo'
  require_name REPO_NAME "$repo"
  [[ -z $server ]] || require_name SERVER_NAME "$server"
  require_positive DRIFT_CHECK_TIMEOUT "$check_timeout_s"
  require_positive GITOPS_STATUS_TIMEOUT "$answer_timeout_s"
  [[ -z $interval_s ]] || require_positive EXPECTED_INTERVAL "$interval_s"
  [[ $drift_source == plugin || $drift_source == jsonl ]] || give_up "DRIFT_SOURCE is plugin or jsonl, not '$drift_source'"
  choose_spool
}

choose_spool() {
  local base=${GITOPS_STATUS_SPOOL-${HOME:+${XDG_STATE_HOME:-$HOME/.local/state}/gitops-status}}
  spool=
  [[ -n $base && $base != off ]] || return 0
  # One spool per server: a report never goes to a server it was not meant for.
  spool=$base/$(printf %s "$server_url" | cksum | cut -d' ' -f1)
}

# Woodpecker and GitLab both use CI_*, Gitea's runner sets GITHUB_*: hence the order. Empty variables are often unset.
detect_ci() {
  ci_repo='' ci_commit='' ci_branch='' ci_run_url='' ci_event=''
  if [[ ${CI-} == woodpecker ]]; then
    ci_repo=${CI_REPO:-${CI_REPO_NAME-}} ci_commit=${CI_COMMIT_SHA-} ci_branch=${CI_COMMIT_BRANCH-}
    ci_run_url=${CI_PIPELINE_URL-} ci_event=${CI_PIPELINE_EVENT-}
  elif [[ -n ${GITHUB_ACTIONS-} || -n ${GITEA_ACTIONS-} ]]; then
    ci_repo=${GITHUB_REPOSITORY-} ci_commit=${GITHUB_SHA-} ci_branch=${GITHUB_REF_NAME-} ci_event=${GITHUB_EVENT_NAME-}
    ci_run_url=${GITHUB_SERVER_URL-}/$ci_repo/actions/runs/${GITHUB_RUN_ID-}
  elif [[ -n ${GITLAB_CI-} ]]; then
    ci_repo=${CI_PROJECT_PATH-} ci_commit=${CI_COMMIT_SHA-} ci_branch=${CI_COMMIT_REF_NAME-}
    ci_run_url=${CI_PIPELINE_URL:-${CI_JOB_URL-}} ci_event=${CI_PIPELINE_SOURCE-}
  elif [[ -n ${JENKINS_URL-} ]]; then
    ci_repo=$(repo_of_url "${GIT_URL-}") ci_commit=${GIT_COMMIT-} ci_branch=${BRANCH_NAME:-${GIT_BRANCH-}}
    ci_repo=${ci_repo:-${JOB_NAME-}} ci_branch=${ci_branch#origin/} ci_run_url=${BUILD_URL-}
  elif [[ -n ${DRONE-} ]]; then
    ci_repo=${DRONE_REPO:-${DRONE_REPO_NAME-}} ci_commit=${DRONE_COMMIT_SHA-} ci_branch=${DRONE_BRANCH-}
    ci_run_url=${DRONE_BUILD_LINK-} ci_event=${DRONE_BUILD_EVENT-}
  else
    ci_repo=$(repo_of_url "$(git config --get remote.origin.url 2>/dev/null)")
    ci_branch=$(git symbolic-ref -q --short HEAD 2>/dev/null)
  fi
  ci_commit=${ci_commit:-$(git rev-parse --verify -q HEAD 2>/dev/null)}
  [[ $ci_run_url =~ ^https?://[^/] ]] || ci_run_url=
}

# git@host:owner/name.git, https://host/owner/name, ssh://git@host:22/owner/name.git -> owner/name
repo_of_url() {
  local path=${1%/}
  path=${path%.git}
  path=${path#*://*/}
  printf %s "${path##*:}"
}

require_tools() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || give_up "$tool is needed and not installed"
  done
}

# ---- The check ---------------------------------------------------------------------------------------------------

# Runs a command so that a signal to this script is handled at once, not when the command has ended.
run() {
  local rc=0
  "$@" <&0 &
  wait "$!" || rc=$?
  return "$rc"
}

now_s() { jq -n now; }

run_check() {
  started_s=$(now_s)
  check_rc=0
  case $drift_source in
    plugin) check_with_plugin || check_rc=$? ;;
    jsonl) check_with_jsonl || check_rc=$? ;;
  esac
  ended_s=$(now_s)
  cat -- "$work/stderr" >&2
}

# Nothing of the caller's environment may change what the observers see, or wait for somebody to type; and the check
# leaves no compiled plugin behind in the working copy.
ansible_playbook() {
  run env ANSIBLE_VERBOSITY=0 PYTHONDONTWRITEBYTECODE=1 "$@" \
    timeout -k "$KILL_AFTER_S" "$check_timeout_s" \
    ansible-playbook --check --diff "$playbook" "${ansible_arguments[@]}" </dev/null 2>"$work/stderr"
}

check_with_plugin() {
  local plugins=$HERE/callback_plugins log_to=1
  if [[ ! -r $plugins/gitops_status.py ]]; then
    printf 'ERROR! the callback plugin is missing: %s\n' "$plugins/gitops_status.py" >"$work/stderr"
    return 1
  fi
  $dry_run && log_to=2 # standard output is for the JSON then
  ansible_playbook GITOPS_STATUS_FILE="$work/observations.json" ANSIBLE_CALLBACKS_ENABLED=gitops_status \
    ANSIBLE_CALLBACK_PLUGINS="$plugins${ANSIBLE_CALLBACK_PLUGINS:+:$ANSIBLE_CALLBACK_PLUGINS}" >&"$log_to"
}

# What the arguments for ansible-playbook say after -i (inventories) or -l (limit), one per line.
values_of_option() {
  local short=$1 long=$2 i argument
  for ((i = 0; i < ${#ansible_arguments[@]}; i++)); do
    argument=${ansible_arguments[i]}
    case $argument in
      "$short" | "$long") printf '%s\n' "${ansible_arguments[++i]-}" ;;
      "$long"=*) printf '%s\n' "${argument#*=}" ;;
      "$short"*) printf '%s\n' "${argument#"$short"}" ;;
    esac
  done
}

# Plain host names in --limit: no patterns, groups of which Ansible knows.
hosts_in_limit() { values_of_option -l --limit | sed 'y/,:/\n\n/' | grep -E '^[A-Za-z0-9][A-Za-z0-9._-]*$'; }

# Hosts to name when Ansible never came so far as to tell: its own listing of the inventory that the check uses.
list_inventory_hosts() {
  local options=() value listing
  while IFS= read -r value; do options+=(-i "$value"); done < <(values_of_option -i --inventory)
  while IFS= read -r value; do options+=(-l "$value"); done < <(values_of_option -l --limit)
  listing=$(timeout "$listing_timeout_s" ansible "$expected_hosts" --list-hosts "${options[@]}" </dev/null 2>/dev/null |
    sed -n '/^ *hosts ([0-9]*):/d; s/^ \{4\}//p')
  if [[ -n $listing ]]; then printf '%s\n' "$listing"; else hosts_in_limit; fi
}

# ---- DRIFT_SOURCE=jsonl: the same observations from the events of ansible.posix.jsonl -----------------------------

# Its events tell neither which hosts a play should reach nor when a play was given up; the listing of the playbook
# tells the one, and where a host did not get past the failure of another, the other is assumed.
check_with_jsonl() {
  local rc=0
  run timeout "$LISTING_TIMEOUT_S" ansible-playbook --list-hosts --list-tasks "$playbook" "${ansible_arguments[@]}" \
    </dev/null >"$work/listing" 2>/dev/null
  ansible_playbook ANSIBLE_STDOUT_CALLBACK=ansible.posix.jsonl ANSIBLE_CALLBACKS_ENABLED= ANSIBLE_JSON_INDENT=0 \
    ANSIBLE_NOCOLOR=1 ANSIBLE_FORCE_COLOR=0 >"$work/events" || rc=$?
  # -v and other callbacks print around the events.
  grep '^{"_event"' "$work/events" >"$work/events.jsonl" || return "$rc"
  jq -n --rawfile listing "$work/listing" --argjson rc "$rc" --arg tool "$(ansible_version)" --arg said "$(error_of_ansible)" --arg implicit "$(implicit_host)" \
    --argjson lost "$(hosts_unknown_to_inventory | jq -R . | jq -s .)" "$OBSERVATIONS_JQ" "$work/events.jsonl" \
    >"$work/observations.json" 2>"$work/jq_error" || printf 'null' >"$work/observations.json"
  hash_contents
  return "$rc"
}

# "localhost" where a play asks for it and the inventory does not have it.
implicit_host() {
  grep -q '^      localhost$' "$work/listing" || return 0
  list_inventory_hosts | grep -q -x localhost || printf localhost
}

ansible_version() { ansible-playbook --version | sed -n '1s/.*\[core \([^]]*\)\].*/ansible-core \1/p'; }

# Hosts that --limit names and Ansible drops with a warning, which it wraps at the width of a terminal.
hosts_unknown_to_inventory() {
  local warned host
  warned=" $(grep -A1 'Could not match supplied host pattern' "$work/stderr" | tr '\n' ' ')"
  hosts_in_limit | while IFS= read -r host; do
    [[ $warned != *"ignoring: $host "* ]] || printf '%s\n' "$host"
  done
}

# The events hold whole files. They are replaced by their hashes before anything else sees them.
hash_contents() {
  local key encoded
  jq -r '.hosts // {} | to_entries[] | .key as $host | .value.items | to_entries[] | .key as $item | .value.contents // {}
      | to_entries[] | "\([$host, $item, .key] | tojson)\t\(.value | @base64)"' "$work/observations.json" |
    while IFS=$'\t' read -r key encoded; do
      printf '{"at": %s, "hash": "%s"}\n' "$key" "$(printf %s "$encoded" | base64 -d | sha256sum | cut -d' ' -f1)"
    done >"$work/hashes"
  jq --slurpfile hashes "$work/hashes" 'if type == "object" then
      reduce $hashes[] as {at: [$host, $item, $side], $hash} (.; .hosts[$host].items[$item]["sha256_\($side)"] = $hash)
      | del(.hosts[].items[].contents) else . end' "$work/observations.json" >"$work/hashed" &&
    mv -- "$work/hashed" "$work/observations.json"
  rm -f -- "$work/events" "$work/events.jsonl"
}

# The plugin, said again in jq: what its functions explain holds here.
# shellcheck disable=SC2016 # the dollars are jq's
readonly OBSERVATIONS_JQ='
  def no_check: IN("add_host", "debug", "gather_facts", "group_by", "import_role", "import_tasks", "include_role",
    "include_tasks", "include_vars", "meta", "package_facts", "pause", "ping", "service_facts", "set_fact", "set_stats",
    "setup", "wait_for", "wait_for_connection");
  def no_drift: IN("add_host", "group_by");
  def temporary: test("/ansible-local-|/\\.ansible/tmp/|/ansible-tmp-|/\\.ansible_tmp");
  def object: if type == "object" then . else {} end;
  def parts: if has("censored") then . elif (.results | type == "array" and length > 0 and all(.[]; type == "object")) then .results[] else . end;
  def first_line: (if type == "string" then . else "" end) | [splits("[\r\n]+") | select(test("\\S"))][0] // ""
    | sub("^\\s+"; "") | sub("\\bString: .*"; "") | sub("(?<kept>failed to validate).*"; .kept) | .[:2000];

  def lines: if . == "" then [] else rtrimstr("\n") | split("\n") end;
  def tally: reduce .[] as $line ({}; .[$line] += 1);
  def surplus($other): [to_entries[] | .value - ($other[.key] // 0) | select(. > 0)] | add // 0;
  def fingerprint($before; $after): ($before | lines | tally) as $b | ($after | lines | tally) as $a
    | {lines_added: ($a | surplus($b)), lines_removed: ($b | surplus($a)),
       contents: ({before: $before, after: $after} | with_entries(select(.value != "")))};

  def describe_states($before; $after):
    if $after.state == "absent" then {change: "extra"}
    elif $before.state == "absent" then {change: "missing"}
    elif $before.state != $after.state then {change: "content"}
    else ({} | reduce ("mode", "owner", "group") as $name (.;
        if ($after | has($name)) and $before[$name] != $after[$name]
        then .[$name] = {before: $before[$name], after: $after[$name]} else . end)) as $attributes
      | {change: "attributes"} + (if $attributes == {} then {} else {$attributes} end) end;

  def describe_diff:
    .before as $before | .after as $after
    | (if has("before") and (($before // "") | IN("", {})) and ((.before_header // "") == "") then "missing" else "content" end) as $change
    | if . == {} then empty
      elif ($before | type) == "object" or ($after | type) == "object" then
        if ($before | object) == ($after | object) then empty else describe_states($before | object; $after | object) end
      elif has("src_binary") or has("dst_binary") or has("src_larger") or has("dst_larger") or has("prepared") then {$change}
      elif [$before, $after] | all(type | IN("string", "null")) | not then {change: "changed"}
      elif $before == $after then empty
      else {$change} + fingerprint($before // ""; $after // "") end;

  def header_path: select(type == "string") | sub(" \\((content|file attributes)\\)$"; "")
    | select(startswith("/") and (temporary | not));
  def path_of($diffs):
    (.invocation | object) as $invocation | ($invocation.module_args | object) as $arguments
    | [ ($diffs[] | .before_header | header_path),
        ($diffs[] | (.after, .before) | object | .path | select(type == "string")),
        ((.dest, .path, $arguments.dest, $invocation.dest, $arguments.path)
          | select(type == "string" and . != "" and (temporary | not))
          | ($arguments._original_basename // $arguments.src) as $source
          | if endswith("/") and ($source | type) == "string" and ($source | endswith("/") | not)
            then . + ($source | split("/")[-1]) else . end) ][0];

  def describe_item:
    if has("censored") then {change: "hidden"} else
      [.diff | if type == "array" then .[] else . end | select(type == "object")] as $diffs
      | path_of($diffs) as $path
      | if $path == null then {change: "changed"} else
          {path: $path} + ([$diffs[] | describe_diff]
            | min_by(.change as $change | ["missing", "extra", "content", "attributes", "changed"] | index($change))
            // {change: "changed"}) end end;

  def explain($task; $part; $what):
    if has("censored") or ($part | has("censored")) then "\($task): \($what) (no_log hides why)"
    else "\($task): \($part.msg | first_line | if . == "" then $what else . end)" end;

  # The listing, play by play: {hosts, last: the last task}.
  def listed_plays: reduce ($listing | split("\n")[]) as $line ({plays: [], in: ""};
      if $line | test("^  play #[0-9]+ ") then .plays += [{hosts: [], last: null}] | .in = ""
      elif $line | test("^    hosts \\(") then .in = "hosts"
      elif $line | test("^    tasks:") then .in = "tasks"
      elif ($line | startswith("      ")) and .in == "hosts" then .plays[-1].hosts += [$line[6:]]
      elif ($line | startswith("      ")) and .in == "tasks" then .plays[-1].last = ($line[6:] | sub("\tTAGS: .*"; ""))
      else . end) | .plays;

  def unheard: {items: [], verified: 0, skipped_in_check_mode: 0, unreachable: false, error: null, seen: []};

  def note_result($event; $host; $result):
    ($event.task.name // "") as $task | ($result.action // "") as $action
    | (.handlers | has($event.task.id // "")) as $is_handler
    | ($event._event | sub("v2_runner_on_"; "")) as $kind
    | ([$result | parts] | length) as $parts
    | .hosts[$host] = ((.hosts[$host] // unheard)
      | .seen += [{play: (($event._play // 1) - 1), order: $event._order, $task, $kind}]
      | if ($is_handler or ($action | split(".")[-1] | no_drift)) | not then .items += [$result | parts
          | select(.changed == true)
          | select((if .failed == null then $kind == "failed" and $parts == 1 else .failed end | not) or .failed_when_result == true)
          | describe_item + {task: $task[:200], module: $action}] else . end
      | if $kind == "ok" and ($is_handler | not) and ($action | split(".")[-1] | no_check | not) then .verified += 1
        elif $kind == "skipped" and ($result.msg | type == "string" and contains("check mode")) then .skipped_in_check_mode += 1
        elif $kind == "failed" then
          .error = ($result | explain($task[:200]; ([parts | select(.failed == true)][-1] // $result); "failed"))
        elif $kind == "unreachable" then .unreachable = true
          | .error = ($result | explain($task[:200]; ([parts | select(.unreachable == true)][-1] // $result); "unreachable"))
        else . end);

  # A host is through with a play if it did the last task, or something after each failure of another.
  def unfinished($name; $plays; $failures): . as $host
    | first(range($plays | length) as $index | $plays[$index]
        | select(.last != null and (.hosts | index($name)))
        | .last as $last | [$host.seen[] | select(.play == $index)] as $seen
        | if $seen == [] then "a play never reached this host"
          elif any($seen[]; .task == $last) then empty
          elif $said != "" then "the play could not go on with this host"
          elif any($failures[]; select(.play == $index and .host != $name) | .order as $order
              | any($seen[]; .order > $order and .task != "") | not)
          then "the play stopped because of an error on another host" else empty end)
      // null;

  reduce inputs as $event ({plays: [], handlers: {}, hosts: {}, order: 0, stats: null};
      .order += 1
      | if $event._event == "v2_playbook_on_play_start" then
          if .plays | index($event.play.id) then . else .plays += [$event.play.id] end
        elif $event._event == "v2_playbook_on_handler_task_start" then .handlers[$event.task.id] = true
        elif $event._event == "v2_playbook_on_stats" then .stats = $event.stats
        elif $event._event | startswith("v2_runner_on_") then
          ($event + {_order: .order, _play: (.plays | length)}) as $event
          | reduce ($event.hosts | to_entries[]) as {key: $host, value: $result} (.; note_result($event; $host; $result))
        else . end)
  | (if $rc == 0 then [] else listed_plays end) as $plays
  | (listed_plays | map(.hosts[])) as $expected
  | .stats as $stats
  | [.hosts | to_entries[] | .key as $host
      | select((($stats // {})[$host].failures // 0) > 0 or .value.unreachable)
      | .value.seen[] | select(.kind | IN("failed", "unreachable")) | . + {$host}] as $failures
  | reduce $expected[] as $name (.; .hosts[$name] //= unheard)
  | {format: 1, complete: ($stats != null), broken: null, check_mode: true, $tool, not_in_inventory: $lost,
     hosts: (.hosts | with_entries(.key as $name | (($stats // {})[$name] // null) as $recap | .value |= (
       {implicit: ($name == $implicit), in_recap: ($recap != null), failures: ($recap.failures // 0),
        unreachable: (.unreachable or ($recap.unreachable // 0) > 0),
        ignored: ($recap.ignored // 0), rescued: ($recap.rescued // 0),
        unfinished: unfinished($name; $plays; $failures)} + del(.seen, .unreachable))))}
'

# ---- From observations to reports --------------------------------------------------------------------------------

plain_stderr() { sed $'s/\033\\[[0-9;]*m//g' "$work/stderr" 2>/dev/null; }

# The first error of Ansible's, one line: what follows it quotes the file at fault.
error_of_ansible() { plain_stderr | sed -n -E 's/^ *(ERROR!|\[ERROR\]:?) *([^ ])/\2/p' | head -n 1; }

error_of_stderr() {
  local said
  said=$(error_of_ansible)
  printf %s "${said:-$(plain_stderr | grep -v -E '^(\[(WARNING|DEPRECATION WARNING)|[[:space:]]|$)' | tail -n 1)}"
}

# Says why nothing that was observed may be believed, as "kind<TAB>text"; says nothing if it may.
problem_of_run() {
  local said elapsed_s
  said=$(error_of_stderr)
  elapsed_s=$(jq -n --argjson from "$started_s" --argjson to "$ended_s" '$to - $from | floor')
  if [[ $check_rc == 124 ]] || ((check_rc > 128 && elapsed_s >= check_timeout_s)); then
    printf 'timeout\tthe check did not end within %s s' "$check_timeout_s"
  elif ((check_rc > 128)); then
    printf 'not_processed\tansible-playbook was killed by signal %s' $((check_rc - 128))
  elif [[ $said =~ (no hosts to target|does not match any hosts) ]]; then
    printf 'no_hosts\t%s' "$said"
  elif [[ ! -s $work/observations.json ]]; then
    printf 'parse\t%s' "${said:-ansible-playbook ended with exit code $check_rc and observed nothing}"
  elif ! [[ $check_rc =~ ^[024]$ ]]; then
    printf 'not_processed\t%s' "${said:-ansible-playbook ended with exit code $check_rc}"
  else
    jq -r --argjson rc "$check_rc" --arg said "$said" '
      ($said | if . == "" then "ansible-playbook ended with exit code \($rc)" else . end) as $said
      | if .format != 1 then "parse\tthe observations are of an unknown format"
        elif .broken then "parse\tthe callback plugin failed: \(.broken)"
        elif .complete | not then "not_processed\tthe run ended before its end: \($said)"
        elif .check_mode | not then "parse\tthe run was not in check mode"
        elif (.hosts | length) == 0 and (.not_in_inventory | length) == 0 then
          "no_hosts\tthe playbook matched no host of the inventory"
        elif $rc != 0 and all(.hosts[]; .failures == 0 and (.unreachable | not)) then "not_processed\t\($said)"
        else empty end' "$work/observations.json" 2>/dev/null ||
      printf 'parse\tthe observations cannot be read'
  fi
}

# Observations of hosts in, one report per target out. UNKNOWN wherever anything is left open.
# shellcheck disable=SC2016 # the dollars are jq's
readonly REPORTS_JQ='
  def redacted:
    gsub("://[^/@\\s]*@"; "://***@")
    | gsub("(?<key>(?i:passw(or)?d|passphrase|token|secret|api.?key|credentials?)[\"\u0027]?\\s*[=:]\\s*)\\S+"; "\(.key)***");
  def printable: gsub("[\\x00-\\x1f\\x7f]"; "?");
  def error_text: split("\n")[0] // "" | redacted | printable | .[:500];

  def file_of: (.path | printable) as $path
    | ($path | ltrimstr($settings.strip_prefix) | if . == "" then $path else . end | .[:4096]) as $name
    | {name: $name, path: $path} + (. | del(.path));
  def files: map(select(.path) | file_of) | group_by(.path) | map(.[0]);
  def resources: map(select(.path | not)) | group_by([.task, .module, .change]) | map(.[0] + {count: length});

  # [status, kind, error] of one host
  def verdict:
    if $problem then ["UNKNOWN", $problem.kind, $problem.error]
    elif .unreachable then ["UNKNOWN", "unreachable", .error // "unreachable"]
    elif .failures > 0 then ["UNKNOWN", "task_failed", .error // "a task failed"]
    elif .unfinished then ["UNKNOWN", "not_processed", .unfinished]
    elif .in_recap | not then ["UNKNOWN", "not_processed", "the run did not reach this host"]
    elif (.items | length) > 0 then ["OUT_OF_SYNC"]
    elif .verified == 0 then ["UNKNOWN", "not_processed", "every task was skipped: nothing was compared"]
    else ["SYNCED"] end;

  # The localhost that Ansible makes up for a play is no server, unless it is all there is, or it found something.
  def idle_controller: .implicit and ($problem or (.failures == 0 and (.unreachable | not) and .items == []));

  def server_name:
    gsub("[^A-Za-z0-9._:@/+~-]"; "_") | ltrimstr("_") | .[:255] | if test("^[A-Za-z0-9]") then . else "host-\(.)"[:255] end;

  def total($count): (map(.[$count]) | add) as $sum | if $sum > 0 then {($count): $sum} else {} end;
  def nothing_known: {unreachable: false, failures: 0, ignored: 0, rescued: 0, skipped_in_check_mode: 0, verified: 0, items: []};
  def observed: $observations.hosts // {} | to_entries | map({host: .key} + .value);
  def lost: ($observations.not_in_inventory // [])
    | map(nothing_known + {host: ., in_recap: true, unfinished: "--limit names this host, the inventory does not know it"});
  def listed: $listed | split("\n") | map(select(. != "")) | unique | map(nothing_known + {host: .});

  (observed + lost | if length == 0 then listed else . end
    | if length == 0 and $settings.server != "" then [nothing_known + {host: $settings.server}] else . end)
  | (if all(.[]; .implicit) then . else map(select(idle_controller | not)) end)
  | map(. + {verdict: verdict, target: (if $settings.server == "" then .host | server_name else $settings.server end)})
  | group_by(.target)
  | map(
      # Several hosts under one name: the worst of them speaks for all.
      (map(select(.verdict[0] == "UNKNOWN"))[0] // map(select(.verdict[0] == "OUT_OF_SYNC"))[0] // .[0]) as $worst
      | (map(.items[])) as $items
      | ($items | files) as $files
      | ($items | resources) as $resources
      | ($worst.verdict[0] == "UNKNOWN") as $unknown
      | {repo: $settings.repo, server: .[0].target, sync_status: $worst.verdict[0]}
      + {drift_count: (($files | length) + ($resources | map(.count) | add // 0))}
      # A request has a size: of very many files only the names go, and then not all of them.
      + {files: (if ($files | length) > 1000 then $files[:5000] | map({name, change}) else $files end)}
      + (if ($files | length) > 5000 then {files_omitted: (($files | length) - 5000)} else {} end)
      + (if ($resources | length) > 0 then {resources: $resources[:1000]} else {} end)
      + {last_check: $settings.last_check, duration_ms: $settings.duration_ms}
      + (if $unknown then {error_kind: $worst.verdict[1], error: ($worst.verdict[2] | error_text)} else {} end)
      + (if $unknown and ($items | length) > 0 then {partial: true} else {} end)
      + (if length > 1 then {hosts: (map(.host) | sort)} else {} end)
      + total("ignored") + total("rescued") + total("skipped_in_check_mode")
      + {tool: ($observations.tool // "ansible-core")}
      + ($settings | {expected_interval_s, commit, branch, run_url, event} | with_entries(select(.value != null and .value != "")))
    )
'

# Sets unsent to the bodies to POST, one file each. $1: why nothing may be believed ("kind<TAB>text"), or nothing.
build_reports() {
  local problem=null settings observations=$work/observations.json
  [[ -z $1 ]] || problem=$(jq -n --arg kind "${1%%$'\t'*}" --arg error "${1#*$'\t'}" '{$kind, $error}')
  # --slurp: of an empty file, jq --exit-status alone says that all is well.
  jq -es 'length == 1 and (.[0] | type == "object")' "$observations" >/dev/null 2>&1 || printf null >"$observations"
  : >"$work/listed"
  if [[ -z $server ]] && jq -e '(.hosts // {} | length) + (.not_in_inventory // [] | length) == 0' "$observations" >/dev/null; then
    list_inventory_hosts >"$work/listed"
  fi
  settings=$(jq -n --arg repo "$repo" --arg server "$server" --arg strip_prefix "$strip_prefix" --arg commit "$ci_commit" \
    --arg branch "$ci_branch" --arg run_url "$ci_run_url" --arg event "$ci_event" --arg interval "$interval_s" \
    --argjson started "${started_s:-null}" --argjson ended "${ended_s:-null}" '
      (if $ended then $ended else now end) as $ended_at
      | {$repo, $server, $strip_prefix, $commit, $branch, $run_url, $event,
         expected_interval_s: ($interval | if . == "" then null else tonumber end),
         last_check: ($ended_at | "\(floor | strftime("%Y-%m-%dT%H:%M:%S")).\(. * 1000 | floor % 1000 + 1000 | tostring[1:])Z"),
         duration_ms: (($ended_at - ($started // $ended_at)) * 1000 | floor)}')
  jq -c --argjson settings "$settings" --argjson problem "$problem" --rawfile listed "$work/listed" \
    ". as \$observations | $REPORTS_JQ" "$observations" >"$work/reports.json" || return 1
  split_into_bodies
}

# Observations that no program of ours understands are no reason for silence.
build_without_observations() {
  rm -f -- "$work/observations.json"
  build_reports $'parse\tthe observations cannot be understood'
}

# An object for one report, arrays for more, none larger than the server takes.
split_into_bodies() {
  local body
  unsent=()
  while IFS= read -r body; do
    unsent+=("$work/body-${#unsent[@]}.json")
    printf '%s\n' "$body" >"${unsent[-1]}"
  done < <(jq -c --argjson reports_max "$BATCH_REPORTS_MAX" --argjson bytes_max "$BATCH_BYTES_MAX" '
    reduce .[] as $report ({bodies: [[]], bytes: 0};
      ($report | tojson | utf8bytelength) as $bytes
      | if (.bodies[-1] | length) > 0 and ((.bodies[-1] | length) >= $reports_max or .bytes + $bytes > $bytes_max)
        then .bodies += [[]] | .bytes = 0 else . end
      | .bodies[-1] += [$report] | .bytes += $bytes)
    | .bodies[] | if length == 1 then .[0] elif length == 0 then empty else . end' "$work/reports.json")
}

announce_reports() {
  jq -r '.[] | "\(.repo) on \(.server): \(.sync_status)"
    + (if .error then " (\(.error_kind): \(.error))" else "" end)
    + (if .drift_count > 0 then ", \(.drift_count) drifted" else "" end)
    + (if .ignored then ", \(.ignored) failed and ignored: not verified" else "" end),
    (.files[:50][] | "  \(.change): \(.name)"),
    (.resources // [] | .[:50][] | "  \(.change): \(.task) (\(.module))")' "$work/reports.json" |
    while IFS= read -r line; do log "$line"; done
}

# ---- Delivery ----------------------------------------------------------------------------------------------------

# Read by curl from its standard input: in its arguments every user of the machine could read the token and the address.
curl_settings() {
  local - address=$server_url/api/v1/reports
  set +x
  address=${address//\\/\\\\}
  printf 'url = "%s"\n' "${address//\"/\\\"}"
  local secret=${token//\\/\\\\}
  [[ -z $token ]] || printf 'header = "Authorization: Bearer %s"\n' "${secret//\"/\\\"}"
}

# One try. Sets outcome: delivered, again (it may work later), refused (never will), conflict (another check speaks for
# the target), misdirected (another address or token would do), and why, for the log.
post() {
  local body=$1 timeout_s=$2 rc=0
  : >"$work/answer"
  : >"$work/headers"
  # --disable: a ~/.curlrc with "verbose" would put the token into the log.
  run curl --disable --silent --show-error --config - --connect-timeout "$CONNECT_TIMEOUT_S" --max-time "$timeout_s" \
    --header 'Content-Type: application/json' --data-binary "@$body" --output "$work/answer" \
    --dump-header "$work/headers" --write-out '%{http_code}' \
    < <(curl_settings) >"$work/http_status" 2>"$work/curl_error" || rc=$?
  http_status=$(<"$work/http_status")
  classify "$rc"
}

classify() {
  why="the server answered $http_status"
  if [[ $1 != 0 || $http_status == 000 ]]; then
    outcome=again why=$(sed -n '1s/^curl: //p' "$work/curl_error")
    why="no answer: ${why:-curl ended with exit code $1}"
    return
  fi
  case $http_status in
    2??)
      outcome=delivered
      is_receipt || outcome=misdirected why="$why, but not like a gitops-status-server"
      ;;
    408 | 425 | 429 | 5??) outcome=again ;;
    400 | 413 | 415 | 422) outcome=refused ;;
    409) outcome=conflict ;;
    *) outcome=misdirected ;;
  esac
}

# A login page or a proxy can say 200 as well: delivered is what the server says that it recorded.
is_receipt() {
  jq -es 'flatten | length > 0 and all(.[]; type == "object" and has("recorded"))' \
    "$work/answer" >/dev/null 2>&1
}

explain_refusal() {
  log "$why"
  jq -r '[.title, .detail] + [(.errors // [])[:10][] | if type == "object" then "\(.pointer // "") \(.detail // .message // tojson)" else tostring end]
    | .[] | select(. != null) | tostring | gsub("[\\x00-\\x1f\\x7f]"; " ") | .[:500]' "$work/answer" 2>/dev/null |
    while IFS= read -r line; do log "  $line"; done
}

# Prints the seconds to wait before the next try, or fails where there should be none.
retry_delay() {
  local try=$1 delay asked
  ((try < ${#RETRY_DELAYS_S[@]})) || return 1
  delay=${RETRY_DELAYS_S[try]}
  asked=$(sed -n 's/^[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]: *//p' "$work/headers" | tr -d '\r' | tail -n 1)
  # Seconds or an HTTP date.
  asked=$(jq -rn --arg asked "$asked" '$asked
    | (tonumber? // (strptime("%a, %d %b %Y %H:%M:%S GMT") | mktime - now)? // 0) | ceil | if . < 0 then 0 else . end')
  ((asked <= RETRY_AFTER_MAX_S)) || return 1
  ((asked > delay)) && delay=$asked
  ((SECONDS + delay < delivery_until)) || return 1
  # Jitter: the cron jobs of a whole fleet lost the same server in the same second.
  printf '%d.%03d' "$delay" $((RANDOM % 1000))
}

# Delivers one body, or keeps it for the next run.
deliver() {
  local body=$1 try delay
  for ((try = 0; ; try++)); do
    post "$body" "$answer_timeout_s"
    [[ $outcome == again ]] || break
    delay=$(retry_delay "$try") || break
    log "$why; trying again in $delay s"
    run sleep "$delay"
  done
  if [[ $outcome == delivered ]]; then
    jq -c 'if type == "array" then .[] else . end' "$work/answer" >>"$work/receipts"
    return 0
  fi
  explain_refusal
  keep "$body"
  return 1
}

deliver_all() {
  local body failed=0 later=("${unsent[@]}")
  delivery_until=$((SECONDS + DELIVERY_BUDGET_S))
  for body in "${unsent[@]}"; do
    deliver "$body" || failed=1
    later=("${later[@]:1}")
    unsent=("${later[@]}")
  done
  return "$failed"
}

# ---- Spool: what could not be delivered, oldest first --------------------------------------------------------------

# A report is safe to send twice (the server knows it again), so two runs that flush at once need no lock.
keep() {
  local name
  [[ $outcome != refused && $outcome != conflict && -n $spool ]] || return 0
  name=$(jq -n 'now * 1000 | floor')-$$-$RANDOM.json
  if mkdir -p -- "$spool" && cp -- "$1" "$spool/.$name" && mv -- "$spool/.$name" "$spool/$name"; then
    log "kept for the next run: $spool/$name"
    trim_spool
  else
    log 'the report could not be kept for the next run'
  fi
}

spooled() {
  local entries=("$spool"/*.json)
  [[ -z $spool || ! -e ${entries[0]} ]] || printf '%s\n' "${entries[@]}"
}

trim_spool() {
  local entry
  spooled | head -n "-$SPOOL_KEEP_MAX" | while IFS= read -r entry; do rm -f -- "$entry"; done
}

# One try each: the server that is still down would only cost the new report its time.
flush_spool() {
  local entries=() entry
  mapfile -t entries < <(spooled | head -n "$SPOOL_FLUSH_MAX")
  for entry in "${entries[@]}"; do
    post "$entry" "$answer_timeout_s"
    case $outcome in
      delivered) log "delivered from the spool: ${entry##*/}" ;;
      refused) explain_refusal ;;
      conflict)
        explain_refusal
        set_apart "$entry"
        continue
        ;;
      *) return ;;
    esac
    rm -f -- "$entry"
  done
}

# A person has to decide which check speaks for the target: the report waits for that, and holds up no other.
set_apart() {
  local apart=$spool/conflicts
  if mkdir -p -- "$apart" && mv -- "$1" "$apart/"; then
    log "kept apart, as another check speaks for its target: $apart/${1##*/}"
  fi
}

# ---- The end -----------------------------------------------------------------------------------------------------

announce_receipts() {
  jq -rn --slurpfile reports "$work/reports.json" --slurpfile receipts "$work/receipts" '
    $reports[0] | to_entries[] | $receipts[.key] as $receipt | select($receipt)
    | "recorded \(.value.server): \($receipt.change // "?")\(if $receipt.since then " since \($receipt.since)" else "" end)"' |
    while IFS= read -r line; do log "$line"; done
}

# Only where the server says that this very finding stood before. A duplicate is a retry whose first answer got lost,
# and with it what it said: that counts as news.
drift_is_known() {
  jq -en --slurpfile reports "$work/reports.json" --slurpfile receipts "$work/receipts" '
    all($reports[0] | to_entries[] | select(.value.sync_status == "OUT_OF_SYNC");
      $receipts[.key] | .recorded == "new" and .change == "unchanged")' >/dev/null
}

# What the exit code tells: in doubt, UNKNOWN.
worst_status() {
  jq -rs '.[0] | map(.sync_status) as $all
    | first("UNKNOWN", "OUT_OF_SYNC", "SYNCED" | select(IN($all[]))) // "UNKNOWN"' "$work/reports.json"
}

# shellcheck disable=SC2317 # called by traps
interrupted() {
  signal=$1
  exit 1
}

# Whatever ended this script, the server hears of it: the report if there was one already, else UNKNOWN.
# shellcheck disable=SC2317 # called by on_exit
say_last_words() {
  local body
  [[ -n $work ]] && ! $dry_run || return
  listing_timeout_s=$LAST_WORDS_TIMEOUT_S
  if [[ $stage == checking ]]; then
    build_reports $'not_processed\t'"the check was interrupted${signal:+ by SIG$signal}" || return
  fi
  for body in "${unsent[@]}"; do
    post "$body" "$LAST_WORDS_TIMEOUT_S"
    [[ $outcome == delivered ]] || keep "$body"
  done
}

# shellcheck disable=SC2317 # called by a trap
on_exit() {
  local status=$? children
  trap - EXIT
  trap '' HUP INT TERM
  # Asked of the shell: a signal may come between the start of a command and the note of its number.
  children=$(jobs -pr)
  # shellcheck disable=SC2086 # one number a line
  [[ -z $children ]] || kill -TERM $children 2>/dev/null
  if [[ $stage != settled ]]; then
    say_last_words
    status=1
  fi
  [[ -z $work ]] || rm -rf -- "$work"
  $always_zero && status=0
  exit "$status"
}

main() {
  local delivered=true
  trap on_exit EXIT
  trap 'interrupted HUP' HUP
  trap 'interrupted INT' INT
  trap 'interrupted TERM' TERM
  parse_arguments "$@"
  require_tools jq curl timeout
  read_settings
  work=$(mktemp -d) || give_up 'no temporary directory can be made'

  run_check
  build_reports "$(problem_of_run)" || build_without_observations || give_up 'no report could be made'
  stage=reporting
  ((${#unsent[@]})) || give_up 'no host is known to report about: set SERVER_NAME, or see to the inventory'
  announce_reports
  if $dry_run; then
    jq 'if length == 1 then .[0] else . end' "$work/reports.json"
  else
    : >"$work/receipts"
    flush_spool
    deliver_all || delivered=false
    announce_receipts
  fi
  stage=settled

  $delivered || exit 1
  case $(worst_status) in
    SYNCED) exit 0 ;;
    OUT_OF_SYNC)
      if [[ $fail_on == change ]] && ! $dry_run && drift_is_known; then exit 0; fi
      exit 2
      ;;
    *) exit 1 ;;
  esac
}

main "$@"

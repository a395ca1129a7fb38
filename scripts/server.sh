# shellcheck shell=bash
# What throw-away servers have in common; sourced by scripts/postgres and scripts/redis.
#
# The script that sources this defines `usage`, `run`, `serve`, `start`, `stop_all`, `kill_all` and `clean`.

folder=""

server_main() {
    case ${1:-} in
        --help | -h) usage ;;
        run) shift && run "$@" ;;
        serve) shift && serve "$@" ;;
        *) usage >&2 && return 2 ;;
    esac
}

# A folder for the server, which goes with it, whatever the end. The name of a socket takes a hundred bytes, so it is
# a short one.
new_folder() {
    folder=$(mktemp -d "${TMPDIR:-/tmp}/mfakit-$1.XXXXXX")
    trap 'trap "" INT TERM HUP; clean; rm -rf "$folder" "$folder.log"' EXIT
    trap 'exit 130' INT TERM HUP
}

# Says what the server is, and then does what it is told until there is nobody to tell it.
answer_words() {
    local line
    echo ready
    while read -r line; do
        case $line in
            kill) kill_all ;;
            start) start ;;
            stop) stop_all ;;
            *) echo "unknown: $line" && return 2 ;;
        esac
        echo "done"
    done
}

# A certificate for `localhost`, server.crt and server.key in the folder.
make_certificate() {
    "$@" openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
        -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -addext "basicConstraints=critical,CA:FALSE" \
        -keyout "$folder/server.key" -out "$folder/server.crt" 2>/dev/null
}

# A port of which nothing is known but that it is not one that the system gives away.
some_port() {
    echo $((20000 + RANDOM % 10000))
}

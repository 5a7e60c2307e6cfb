// A backend that costs next to nothing, and the client of all fronts; Benchmarks/programs/README.md has the command line.
#include "http.h"
#include <signal.h>

int main(int count, char **words) {
    signal(SIGPIPE, SIG_IGN);
    if (count == 3 && !strcmp(words[1], "server")) serve(words[2]);
    if (count == 5 && !strcmp(words[1], "client")) {
        call(words[2], words[3], words[4]);
        return 0;
    }
    fail("usage: front server ADDRESS | client ADDRESS WORKLOAD SECONDS|COUNTx");
}

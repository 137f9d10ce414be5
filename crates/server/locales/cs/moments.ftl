# Dny a časy. Skládají je obsluhy stránek; skripty je mohou nahradit časem v pásmu čtenáře.

moment-today = dnes { $time }
moment-yesterday = včera { $time }
moment-tomorrow = zítra { $time }
moment-on = { $date } { $time }
moment-date = { NUMBER($day) }. { $month ->
    [1] ledna
    [2] února
    [3] března
    [4] dubna
    [5] května
    [6] června
    [7] července
    [8] srpna
    [9] září
    [10] října
    [11] listopadu
   *[12] prosince
} { NUMBER($year) }
wait-seconds = { $seconds ->
    [one] Další pokus za jednu sekundu.
    [few] Další pokus za { $seconds } sekundy.
    [many] Další pokus za { $seconds } sekundy.
   *[other] Další pokus za { $seconds } sekund.
}
wait-minutes = { $minutes ->
    [one] Další pokus za jednu minutu.
    [few] Další pokus za { $minutes } minuty.
    [many] Další pokus za { $minutes } minuty.
   *[other] Další pokus za { $minutes } minut.
}

// The lists of words themselves, as declared in phrasebook_words.h.
#include "text/phrasebook_words.h"

namespace gradloom::phrasebook {
namespace {

constexpr auto m = Gender::masculine;
constexpr auto f = Gender::feminine;

constexpr Noun noun_list[] = {
    {"man", "men", "homme", "", m, person},
    {"woman", "women", "femme", "", f, person},
    {"boy", "", "garçon", "", m, person},
    {"girl", "", "fille", "", f, person},
    {"child", "children", "enfant", "", m, person},
    {"teacher", "", "professeur", "", m, person},
    {"doctor", "", "médecin", "", m, person},
    {"farmer", "", "fermier", "", m, person},
    {"student", "", "étudiant", "", m, person},
    {"prince", "", "prince", "", m, person},
    {"princess", "princesses", "princesse", "", f, person},
    {"king", "", "roi", "", m, person},
    {"queen", "", "reine", "", f, person},
    {"soldier", "", "soldat", "", m, person},
    {"nurse", "", "infirmière", "", f, person},
    {"uncle", "", "oncle", "", m, person},
    {"aunt", "", "tante", "", f, person},
    {"cat", "", "chat", "", m, animal},
    {"dog", "", "chien", "", m, animal},
    {"mouse", "mice", "souris", "souris", f, animal},
    {"bird", "", "oiseau", "oiseaux", m, animal},
    {"horse", "", "cheval", "chevaux", m, animal},
    {"cow", "", "vache", "", f, animal},
    {"rabbit", "", "lapin", "", m, animal},
    {"fox", "foxes", "renard", "", m, animal},
    {"wolf", "wolves", "loup", "", m, animal},
    {"owl", "", "hibou", "hiboux", m, animal},
    {"bear", "", "ours", "ours", m, animal},
    {"donkey", "", "âne", "", m, animal},
    {"spider", "", "araignée", "", f, animal},
    {"apple", "", "pomme", "", f, food},
    {"cake", "", "gâteau", "gâteaux", m, food},
    {"egg", "", "œuf", "", m, food},
    {"orange", "", "orange", "", f, food},
    {"cherry", "cherries", "cerise", "", f, food},
    {"bread", "", "pain", "", m, mass_food},
    {"cheese", "", "fromage", "", m, mass_food},
    {"soup", "", "soupe", "", f, mass_food},
    {"water", "", "eau", "", f, drink},
    {"milk", "", "lait", "", m, drink},
    {"coffee", "", "café", "", m, drink},
    {"tea", "", "thé", "", m, drink},
    {"hat", "", "chapeau", "chapeaux", m, clothing},
    {"coat", "", "manteau", "manteaux", m, clothing},
    {"dress", "dresses", "robe", "", f, clothing},
    {"shirt", "", "chemise", "", f, clothing},
    {"shoe", "", "chaussure", "", f, clothing},
    {"book", "", "livre", "", m, object | opens | writing},
    {"letter", "", "lettre", "", f, object | opens | writing},
    {"story", "stories", "histoire", "", f, writing},
    {"song", "", "chanson", "", f, writing | music},
    {"table", "", "table", "", f, object, upon | beneath | beside},
    {"chair", "", "chaise", "", f, object, upon | beneath | beside},
    {"bed", "", "lit", "", m, object, upon | beneath | beside},
    {"key", "", "clé", "", f, object},
    {"lamp", "", "lampe", "", f, object, beside},
    {"box", "boxes", "boîte", "", f, object | opens, beside},
    {"cup", "", "tasse", "", f, object},
    {"bottle", "", "bouteille", "", f, object | opens},
    {"door", "", "porte", "", f, opens, beside},
    {"window", "", "fenêtre", "", f, opens, beside},
    {"flower", "", "fleur", "", f, plant},
    {"tree", "", "arbre", "", m, plant, beneath | beside},
    {"car", "", "voiture", "", f, vehicle, inside | beside},
    {"boat", "", "bateau", "bateaux", m, vehicle, upon},
    {"train", "", "train", "", m, vehicle, inside},
    {"house", "", "maison", "", f, building, inside | beside},
    {"kitchen", "", "cuisine", "", f, building, inside},
    {"school", "", "école", "", f, building, inside | towards | beside},
    {"church", "churches", "église", "", f, building, inside | towards | beside},
    {"station", "", "gare", "", f, building, towards | beside},
    {"hotel", "", "hôtel", "", m, building, inside | towards | beside},
    {"castle", "", "château", "châteaux", m, building, inside | towards | beside},
    {"shop", "", "magasin", "", m, building | opens, inside | beside},
    {"garden", "", "jardin", "", m, outdoors, inside},
    {"market", "", "marché", "", m, outdoors, towards | beside},
    {"river", "", "rivière", "", f, outdoors, beside},
    {"bridge", "", "pont", "", m, outdoors, upon | beneath | beside},
    {"forest", "", "forêt", "", f, outdoors, inside | beside},
    {"mountain", "", "montagne", "", f, outdoors, towards | beside},
    {"city", "cities", "ville", "", f, outdoors, inside},
    {"village", "", "village", "", m, outdoors, inside | towards | beside},
    {"field", "", "champ", "", m, outdoors, inside},
    {"beach", "beaches", "plage", "", f, outdoors, upon | towards},
    {"island", "", "île", "", f, outdoors, upon},
};

constexpr Name name_list[] = {
    {"Mary", "Marie", f}, {"Peter", "Pierre", m},  {"John", "Jean", m},
    {"Paul", "Paul", m},  {"Sophie", "Sophie", f}, {"Alice", "Alice", f},
};

constexpr unsigned coloured = clothing | object | plant | vehicle | building | opens;
constexpr unsigned thing = clothing | object | vehicle | building | opens;

constexpr Adjective adjective_list[] = {
    {"small", "smaller", "petit", "", "", "", true, being | food | thing | plant | outdoors},
    {"big", "bigger", "grand", "", "", "", true, animal | thing | plant | outdoors},
    {"old", "older", "vieux", "vieille", "vieux", "vieil", true, being | thing | plant | outdoors},
    {"young", "younger", "jeune", "jeune", "", "", true, being},
    {"beautiful", "", "beau", "belle", "beaux", "bel", true, being | thing | plant | outdoors | writing},
    {"new", "", "nouveau", "nouvelle", "nouveaux", "nouvel", true, thing | writing, false},
    {"good", "", "bon", "bonne", "", "", true, food | mass | writing, false},
    {"pretty", "prettier", "joli", "", "", "", true, clothing | object | plant | outdoors | building},
    {"black", "", "noir", "", "", "", false, animal | coloured, true, false},
    {"white", "", "blanc", "blanche", "", "", false, animal | coloured, true, false},
    {"red", "", "rouge", "rouge", "", "", false, coloured | food, true, false},
    {"green", "", "vert", "", "", "", false, coloured | food, true, false},
    {"yellow", "", "jaune", "jaune", "", "", false, coloured | food, true, false},
    {"blue", "", "bleu", "", "", "", false, coloured, true, false},
    {"tired", "", "fatigué", "", "", "", false, being},
    {"happy", "happier", "heureux", "heureuse", "heureux", "", false, being},
    {"sad", "sadder", "triste", "triste", "", "", false, being | writing},
    {"strong", "stronger", "fort", "", "", "", false, being},
    {"intelligent", "", "intelligent", "", "", "", false, being},
    {"curious", "", "curieux", "curieuse", "curieux", "", false, being},
    {"rich", "richer", "riche", "riche", "", "", false, person},
    {"famous", "", "célèbre", "célèbre", "", "", false, person | building | outdoors | writing},
    {"dangerous", "", "dangereux", "dangereuse", "dangereux", "", false, animal | outdoors | vehicle},
    {"quiet", "quieter", "tranquille", "tranquille", "", "", false, building | outdoors | animal},
    {"delicious", "", "délicieux", "délicieuse", "délicieux", "", false, food | mass},
    {"hot", "hotter", "chaud", "", "", "", false, mass},
    {"cold", "colder", "froid", "", "", "", false, mass},
    {"heavy", "heavier", "lourd", "", "", "", false, object},
    {"expensive", "", "cher", "chère", "", "", false, thing | mass},
    {"empty", "", "vide", "vide", "", "", false, building},
    {"long", "longer", "long", "longue", "", "", true, writing},
};

constexpr unsigned visible = (anything & ~(mass | music | writing)) | object;

constexpr Verb transitive_list[] = {
    {"eat", "ate", "", "manger", "", "", "", person, food | mass_food},
    {"eat", "ate", "", "manger", "", "", "", animal, food | mass_food | animal},
    {"drink", "drank", "", "boire", "bois bois boit buvons boivent", "bu", "", being, drink},
    {"see", "saw", "", "voir", "vois vois voit voyons voient", "vu", "verr", being, visible},
    {"look", "looked", "at", "regarder", "", "", "", being, visible},
    {"find", "found", "", "trouver", "", "", "", being, being | food | object | clothing | music},
    {"look", "looked", "for", "chercher", "", "", "", being, being | food | object | clothing | place},
    {"buy", "bought", "", "acheter", "achète achètes achète achetons achètent", "", "achèter", person,
     food | mass | clothing | object | plant | vehicle},
    {"sell", "sold", "", "vendre", "vends vends vend vendons vendent", "vendu", "vendr", person,
     food | mass | clothing | object | plant | vehicle},
    {"like", "liked", "", "aimer", "", "", "", being, anything, false, false, true},
    {"hate", "hated", "", "détester", "", "", "", being, anything, false, false, true},
    {"take", "took", "", "prendre", "prends prends prend prenons prennent", "pris", "prendr", person,
     food | object | clothing},
    {"open", "opened", "", "ouvrir", "ouvre ouvres ouvre ouvrons ouvrent", "ouvert", "", person, opens},
    {"close", "closed", "", "fermer", "", "", "", person, opens},
    {"wash", "washed", "", "laver", "", "", "", person, clothing | vehicle | animal},
    {"write", "wrote", "", "écrire", "écris écris écrit écrivons écrivent", "écrit", "écrir", person, writing},
    {"sing", "sang", "", "chanter", "", "", "", person, music},
    {"follow", "followed", "", "suivre", "suis suis suit suivons suivent", "suivi", "suivr", being, being | vehicle},
    {"help", "helped", "", "aider", "", "", "", person, being},
    {"hear", "heard", "", "entendre", "entends entends entend entendons entendent", "entendu", "entendr", being,
     being | vehicle | music},
    {"wait", "waited", "for", "attendre", "attends attends attend attendons attendent", "attendu", "attendr", being,
     being | vehicle},
    {"listen", "listened", "to", "écouter", "", "", "", being, being | music},
    {"visit", "visited", "", "visiter", "", "", "", person, place},
    {"cross", "crossed", "", "traverser", "", "", "", being, outdoors},
    {"carry", "carried", "", "porter", "", "", "", being, object | food},
    {"wear", "wore", "", "porter", "", "", "", person, clothing},
    {"lose", "lost", "", "perdre", "perds perds perd perdons perdent", "perdu", "perdr", person,
     object | clothing | animal},
    {"hide", "hid", "", "cacher", "", "", "", being, food | object | clothing},
    {"catch", "caught", "", "attraper", "", "", "", being, animal},
    {"forget", "forgot", "", "oublier", "", "", "", person, person | object | clothing | writing},
    {"choose", "chose", "", "choisir", "choisis choisis choisit choisissons choisissent", "choisi", "", person,
     animal | food | clothing | object | plant | vehicle},
    {"have", "had", "", "avoir", "ai as a avons ont", "eu", "aur", person,
     animal | clothing | object | plant | vehicle | building, false, true},
    {"know", "knew", "", "connaître", "connais connais connaît connaissons connaissent", "connu", "connaîtr", person,
     being | place | writing, false, true},
};

constexpr Verb intransitive_list[] = {
    {"sleep", "slept", "", "dormir", "dors dors dort dormons dorment", "dormi", "", being},
    {"laugh", "laughed", "", "rire", "ris ris rit rions rient", "ri", "rir", person},
    {"cry", "cried", "", "pleurer", "", "", "", person},
    {"run", "ran", "", "courir", "cours cours court courons courent", "couru", "courr", being},
    {"swim", "swam", "", "nager", "", "", "", being},
    {"dance", "danced", "", "danser", "", "", "", person},
    {"sing", "sang", "", "chanter", "", "", "", person},
    {"play", "played", "", "jouer", "", "", "", being},
    {"arrive", "arrived", "", "arriver", "", "", "", being | vehicle, 0, true},
    {"leave", "left", "", "partir", "pars pars part partons partent", "parti", "", being | vehicle, 0, true},
    {"fall", "fell", "", "tomber", "", "", "", being, 0, true},
    {"stay", "stayed", "", "rester", "", "", "", being, 0, true},
};

constexpr Verb motion_list[] = {
    {"go", "went", "", "aller", "vais vas va allons vont", "allé", "ir", being, 0, true},
    {"come", "came", "", "venir", "viens viens vient venons viennent", "venu", "viendr", being, 0, true},
    {"return", "returned", "", "retourner", "", "", "", being, 0, true},
    {"run", "ran", "", "courir", "cours cours court courons courent", "couru", "courr", being},
};

constexpr unsigned gift = animal | food | mass | clothing | object | plant;
constexpr Verb giving_list[] = {
    {"give", "gave", "", "donner", "", "", "", person, gift},
    {"show", "showed", "", "montrer", "", "", "", person, gift | vehicle | building},
    {"send", "sent", "", "envoyer", "envoie envoies envoie envoyons envoient", "", "enverr", person,
     clothing | object | plant},
    {"bring", "brought", "", "apporter", "", "", "", person, food | mass | clothing | object | plant},
};

constexpr Verb opinion_list[] = {
    {"think", "thought", "", "penser", "", "", "", person},
    {"know", "knew", "", "savoir", "sais sais sait savons savent", "su", "saur", person},
    {"say", "said", "", "dire", "dis dis dit disons disent", "dit", "dir", person},
    {"hope", "hoped", "", "espérer", "espère espères espère espérons espèrent", "", "", person},
};

constexpr Verb modal_list[] = {
    {"can", "could", "", "pouvoir", "peux peux peut pouvons peuvent", "pu", "pourr", being, 0, false, true},
    {"must", "", "", "devoir", "dois dois doit devons doivent", "dû", "devr", being},
    {"want", "wanted", "to", "vouloir", "veux veux veut voulons veulent", "voulu", "voudr", being, 0, false, true},
};

constexpr Preposition preposition_list[] = {
    {"in", "dans", inside, 0},
    {"on", "sur", upon, 0},
    {"under", "sous", beneath, 0},
    {"behind", "derrière", beside, 0},
    {"in front of", "devant", beside, 0},
    {"near", "près de", beside, 0},
    {"next to", "à côté de", beside, 0},
    {"with", "avec", 0, being},
    {"for", "pour", 0, person},
};

constexpr Expression manner_list[] = {{"quickly", "rapidement"}, {"slowly", "lentement"}, {"quietly", "doucement"}};
constexpr Expression frequency_list[] = {{"often", "souvent"}, {"always", "toujours"}, {"sometimes", "parfois"}};
constexpr Expression past_list[] = {{"yesterday", "hier"}, {"this morning", "ce matin"}, {"last night", "hier soir"}};
constexpr Expression present_list[] = {
    {"today", "aujourd'hui"}, {"now", "maintenant"}, {"every day", "tous les jours"}};
constexpr Expression future_list[] = {{"tomorrow", "demain"}, {"this evening", "ce soir"}, {"soon", "bientôt"}};
constexpr Expression number_list[] = {{"two", "deux"}, {"three", "trois"}, {"four", "quatre"}, {"five", "cinq"}};
constexpr Expression condition_list[] = {
    {"hungry", "faim"}, {"thirsty", "soif"}, {"cold", "froid"}, {"afraid", "peur"}, {"sleepy", "sommeil"}};

}  // namespace

constexpr Verb be{"be", "was", "", "être", "suis es est sommes sont", "été", "ser", anything, 0, false, true};
constexpr Verb be_in_condition{"be", "was", "", "avoir", "ai as a avons ont", "eu", "aur", anything, 0, false, true};

std::span<const Noun> nouns() { return noun_list; }
std::span<const Name> names() { return name_list; }
std::span<const Adjective> adjectives() { return adjective_list; }
std::span<const Verb> transitive_verbs() { return transitive_list; }
std::span<const Verb> intransitive_verbs() { return intransitive_list; }
std::span<const Verb> motion_verbs() { return motion_list; }
std::span<const Verb> giving_verbs() { return giving_list; }
std::span<const Verb> opinion_verbs() { return opinion_list; }
std::span<const Verb> modal_verbs() { return modal_list; }
std::span<const Preposition> prepositions() { return preposition_list; }
std::span<const Expression> manners() { return manner_list; }
std::span<const Expression> frequencies() { return frequency_list; }
std::span<const Expression> past_times() { return past_list; }
std::span<const Expression> present_times() { return present_list; }
std::span<const Expression> future_times() { return future_list; }
std::span<const Expression> numbers() { return number_list; }
std::span<const Expression> conditions() { return condition_list; }

}  // namespace gradloom::phrasebook
